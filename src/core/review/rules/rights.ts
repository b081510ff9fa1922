import type { ReviewObject } from "../read-objects.ts";
import { type Feature, type Found, newFeatures, type RiskRule } from "../risk.ts";
import { fieldOf, type JsonMap, listOf, mapOf, shown, shownList, textsOf } from "./values.ts";

const GROUP = "rbac.authorization.k8s.io";

function isKind({ object: { group, kind } }: ReviewObject, wanted: string): boolean {
  return group === GROUP && kind === wanted;
}

/** Who gets the rights of a ClusterRole in all namespaces. */
export const clusterRoleBindings = newFeatures((one) => {
  if (!isKind(one, "ClusterRoleBinding")) return [];
  const role = shown(fieldOf(one.value, "roleRef", "name"));
  return listOf(one.value.subjects).map((subject): Feature => {
    const [kind, name, namespace] = ["kind", "name", "namespace"].map((key) => fieldOf(subject, key));
    const who = `${shown(kind)} ${namespace === undefined ? "" : `${shown(namespace)}/`}${shown(name)}`;
    const message = `gives ${who} the rights of the ClusterRole ${role} in all namespaces`;
    return {
      mark: "ClusterWideRights",
      key: JSON.stringify([role, kind, namespace, name]),
      field: "subjects",
      message,
    };
  });
});

/** ClusterRoles that collect the rules of others, or add theirs to a role of others. */
export const aggregatedRoles = newFeatures((one) => {
  if (!isKind(one, "ClusterRole")) return [];
  const labels = Object.entries(mapOf(fieldOf(one.value, "metadata", "labels")));
  const rule = fieldOf(one.value, "aggregationRule");
  const mark = "ClusterWideRights";
  return [
    ...labels.flatMap(([label, value]): readonly Feature[] => {
      const [, role] = /^rbac\.authorization\.k8s\.io\/aggregate-to-(.+)$/.exec(label) ?? [];
      if (role === undefined || value !== "true") return [];
      const message = `adds its rules to the ClusterRole ${shown(role)}`;
      return [{ mark, key: label, field: "metadata.labels", message }];
    }),
    ...(rule === undefined || rule === null
      ? []
      : [
          {
            mark,
            key: JSON.stringify(rule) ?? "",
            field: "aggregationRule",
            message: "takes the rules of all ClusterRoles with certain labels",
          } as const,
        ]),
  ];
});

/** Of one role; more are not taken apart, and count as new. */
const MAX_CHECKS = 20_000;
const MAX_NAMED = 10;

/** What a ClusterRole allows that it did not allow before. */
export const clusterRoles: RiskRule = ({ before, after }) => {
  if (after === undefined || !isKind(after, "ClusterRole")) return [];
  const known = before !== undefined && isKind(before, "ClusterRole") ? rulesOf(before) : [];
  const budget = { left: MAX_CHECKS };
  const found = rulesOf(after).flatMap((rule, at): readonly Found[] => {
    const fresh = newRights(rule, known, budget);
    if (fresh.length === 0) return [];
    const message = `allows to ${fresh.join("; ")} in all namespaces`;
    return [{ mark: "ClusterWideRights", field: `rules[${at}]`, message }];
  });
  const rest = found.length - MAX_NAMED;
  const last: Found = { mark: "ClusterWideRights", field: "rules", message: `has ${rest} more rules with new rights` };
  return rest > 0 ? [...found.slice(0, MAX_NAMED), last] : found;
};

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Empty for all. */
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

function rulesOf({ value }: ReviewObject): readonly Rule[] {
  return listOf(value.rules).map((rule) => {
    const { verbs, apiGroups, resources, resourceNames, nonResourceURLs }: JsonMap = mapOf(rule);
    const texts = [verbs, apiGroups, resources, resourceNames, nonResourceURLs].map(textsOf);
    const [first = [], second = [], third = [], fourth = [], fifth = []] = texts;
    return { verbs: first, apiGroups: second, resources: third, resourceNames: fourth, nonResourceURLs: fifth };
  });
}

/** What of a rule no other rule allows: `get, list secrets`. */
function newRights(rule: Rule, known: readonly Rule[], budget: { left: number }): readonly string[] {
  const targets = [
    ...rule.apiGroups.flatMap((group) => rule.resources.map((resource) => ({ group, resource }))),
    ...rule.nonResourceURLs.map((url) => ({ url })),
  ];
  const verbsByTarget = new Map<string, string[]>();
  for (const target of targets) {
    const verbs = rule.verbs.filter((verb) => {
      budget.left -= 1 + known.length;
      return budget.left < 0 || !known.some((one) => allows(one, verb, target, rule.resourceNames));
    });
    if (verbs.length === 0) continue;
    const key = shownList(verbs);
    const name = "url" in target ? target.url : describe(target, rule.resourceNames);
    verbsByTarget.set(key, [...(verbsByTarget.get(key) ?? []).slice(0, MAX_NAMED), name]);
    // The rest is like these.
    if (budget.left < 0) break;
  }
  return [...verbsByTarget].map(([verbs, names]) => `${verbs} ${shownList(names)}`);
}

type Target = { readonly group: string; readonly resource: string } | { readonly url: string };

function describe({ group, resource }: Extract<Target, { group: string }>, names: readonly string[]): string {
  const type = group === "" ? resource : `${resource}.${group}`;
  return names.length === 0 ? type : `${type} named ${shownList(names)}`;
}

function allows(rule: Rule, verb: string, target: Target, names: readonly string[]): boolean {
  if (!has(rule.verbs, verb)) return false;
  if ("url" in target) {
    return rule.nonResourceURLs.some(
      (url) => url === target.url || (url.endsWith("*") && target.url.startsWith(url.slice(0, -1))),
    );
  }
  if (!has(rule.apiGroups, target.group)) return false;
  if (!hasResource(rule.resources, target.resource)) return false;
  if (rule.resourceNames.length === 0) return true;
  return names.length > 0 && names.every((name) => rule.resourceNames.includes(name));
}

function has(all: readonly string[], one: string): boolean {
  return all.includes(one) || all.includes("*");
}

/** For Kubernetes, a `*` has all subresources as well, and `*` with a subresource has it of all resources. */
function hasResource(all: readonly string[], resource: string): boolean {
  const [, subresource] = resource.split("/", 2);
  return has(all, resource) || (subresource !== undefined && all.includes(`*/${subresource}`));
}
