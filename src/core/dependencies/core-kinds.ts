import { describeUnknownKind } from "../validation/schema/api-lifecycles.ts";
import { BUILT_IN_KINDS, isBuiltIn, isBuiltInGroup } from "../validation/schema/schema-set.ts";
import type { KindNeed } from "./package-apis.ts";

/** `v1` and `apps/v1`, from their parts. */
export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** True for a group that Kubernetes itself has kinds in. */
export function isCoreGroup(group: string): boolean {
  return isBuiltInGroup(apiVersionOf(group, "v1"));
}

/** Why Kubernetes does not serve a kind of one of its groups, or may not; undefined for one that it serves. */
export function describeUnserved({ group, version, kind }: KindNeed): ReturnType<typeof describeUnknownKind> {
  const apiVersion = apiVersionOf(group, version);
  return isBuiltIn(apiVersion, kind) ? undefined : describeUnknownKind(apiVersion, kind);
}

/** In no API: the right to impersonate them. */
const IMPERSONATED = ["/users", "/groups", "authentication.k8s.io/userextras", "authentication.k8s.io/uids"];

let resources: ReadonlyMap<string, string> | undefined;

/** The kind of a resource that rules of roles name, in a group of Kubernetes. */
export function coreKind(group: string, resource: string): string | undefined {
  resources ??= new Map([
    ...IMPERSONATED.map((one) => [one, one.slice(one.indexOf("/") + 1)] as const),
    ...[...BUILT_IN_KINDS].map((type) => {
      const [kind = "", , of = ""] = type.split("/").reverse();
      return [`${of}/${pluralOf(kind)}`, kind] as const;
    }),
  ]);
  return resources.get(`${group}/${resource}`);
}

/** As apimachinery guesses it (UnsafeGuessKindToResource): right for all kinds of Kubernetes. */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular === "endpoints") return singular;
  if (singular.endsWith("s")) return `${singular}es`;
  return singular.endsWith("y") ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
