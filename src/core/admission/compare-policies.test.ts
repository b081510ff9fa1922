import { describe, expect, it } from "vitest";
import { comparePolicies } from "./compare-policies.ts";
import { type AdmissionObject, POLICY_COUNT, policiesFor } from "./policy-manifests.ts";

const USER = "system:serviceaccount:team:pkgserver";
const expected = policiesFor(USER) ?? [];
const [policy, binding] = expected as [AdmissionObject, AdmissionObject];
const POLICY = `${policy.kind} ${policy.metadata.name}`;
const BINDING = `${binding.kind} ${binding.metadata.name}`;

type Change = (one: AdmissionObject) => AdmissionObject | readonly AdmissionObject[];

/** The findings for a cluster that has all policies, after changes of the first policy and of its binding. */
function findings(changePolicy: Change, changeBinding: Change = (one) => one): readonly string[] {
  const objects = expected.flatMap((one) =>
    one === policy ? changePolicy(one) : one === binding ? changeBinding(one) : one,
  );
  const live = Map.groupBy(objects, ({ kind = "" }) => kind);
  for (const { kind = "" } of expected) if (!live.has(kind)) live.set(kind, []);
  return comparePolicies(expected, live).map(({ kind, name, problem }) => `${kind} ${name} ${problem}`);
}

const same: Change = (one) => one;
const withSpec =
  (spec: object): Change =>
  (one) => ({ ...one, spec: { ...one.spec, ...spec } });
const without: Change = () => [];
const terminating: Change = (one) => ({
  ...one,
  metadata: { ...one.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
});
const OTHER = "is not the one of this version:";

describe("policiesFor", () => {
  it("has all policies, with the namespace of the operator's ServiceAccount", () => {
    expect(expected.filter(({ kind = "" }) => kind.endsWith("Policy"))).toHaveLength(POLICY_COUNT);
    const text = JSON.stringify(expected);
    expect(text).toContain(`!= '${USER}'`);
    expect(text).not.toContain("pkgserver-system");
    expect(policiesFor(USER)).toEqual(expected);
    expect(policiesFor("system:serviceaccount:pkgserver-system:pkgserver")).toHaveLength(expected.length);
  });

  it.each(["admin", "", "system:serviceaccount:team:other", "x:system:serviceaccount:team:pkgserver"])(
    "has none for the user %j, whom the policies do not exempt",
    (user) => {
      expect(policiesFor(user)).toBeUndefined();
    },
  );
});

describe("comparePolicies", () => {
  it("finds nothing in what was installed, with the defaults of the API server", () => {
    expect(findings(same)).toEqual([]);
    const { matchConstraints } = policy.spec as { matchConstraints: { resourceRules: readonly object[] } };
    const resourceRules = matchConstraints.resourceRules.map((rule) => ({ ...rule, scope: "*" }));
    const defaults = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} };
    const { failurePolicy: _, ...spec } = policy.spec ?? {};
    const filled = { ...spec, matchConstraints: { ...matchConstraints, ...defaults, resourceRules } };
    expect(findings((one) => ({ ...one, spec: { ...filled, auditAnnotations: [] } }))).toEqual([]);
    expect(findings(same, withSpec({ matchResources: defaults }))).toEqual([]);
    for (const nothing of [null, undefined]) expect(findings(withSpec({ paramKind: nothing }))).toEqual([]);
  });

  it("ignores the order of variables and conditions, and not that of rules", () => {
    const { variables, validations } = policy.spec as Record<string, readonly object[]>;
    expect(findings(withSpec({ variables: variables?.toReversed() }))).toEqual([]);
    expect(findings(withSpec({ validations: validations?.toReversed() }))).toHaveLength(1);
  });

  it.each<[string, Change, string]>([
    ["not installed", without, "is not installed"],
    ["being deleted", terminating, "is being deleted"],
    ["failing open", withSpec({ failurePolicy: "Ignore" }), `${OTHER} spec.failurePolicy is "Ignore"`],
    ["without rules", withSpec({ validations: [] }), `${OTHER} spec.validations is missing`],
    [
      "with another rule",
      withSpec({ validations: [{ expression: "true" }] }),
      `${OTHER} spec.validations[0].expression`,
    ],
    [
      "with an exemption",
      ({ spec = {}, ...one }) => ({
        ...one,
        spec: { ...spec, matchConditions: [...(spec.matchConditions as []), { name: "zoe", expression: "false" }] },
      }),
      `${OTHER} spec.matchConditions.zoe is set`,
    ],
    [
      "for a part of the namespaces",
      (one) =>
        withSpec({
          matchConstraints: {
            ...(one.spec?.matchConstraints as object),
            namespaceSelector: { matchLabels: { a: "b" } },
          },
        })(one),
      `${OTHER} spec.matchConstraints.namespaceSelector is set`,
    ],
    [
      "with parameters",
      withSpec({ paramKind: { apiVersion: "v1", kind: "ConfigMap" } }),
      `${OTHER} spec.paramKind is set`,
    ],
    ["with an unknown field", withSpec({ audience: "none" }), `${OTHER} spec.audience is "none"`],
    ["with an unknown field that is false", withSpec({ audience: false }), `${OTHER} spec.audience is false`],
    ["with two, by name", withSpec({ zone: "a", audience: "b" }), `${OTHER} spec.audience is "b"`],
    ["with 60 characters", withSpec({ audience: "x".repeat(58) }), `${OTHER} spec.audience is "${"x".repeat(58)}"`],
    ["with a long text", withSpec({ audience: "x".repeat(59) }), `${OTHER} spec.audience is another one`],
    ["with a rule that is null", withSpec({ validations: [null] }), `${OTHER} spec.validations[0] is null`],
    ["with variables that are no list", withSpec({ variables: "x" }), `${OTHER} spec.variables is "x"`],
    ["with a variable that is null", withSpec({ variables: [null] }), OTHER],
    [
      "of the same text in another type",
      (one) => withSpec({ validations: { ...(one.spec?.validations as object) } })(one),
      `${OTHER} spec.validations is of another type`,
    ],
  ])("finds a policy %s", (_, change, problem) => {
    expect(findings(change)).toEqual([expect.stringContaining(`${POLICY} ${problem}`)]);
  });

  it.each<[string, Change, string]>([
    ["not installed", without, "is not installed"],
    ["being deleted", terminating, "is being deleted"],
    ["of another policy", withSpec({ policyName: "other" }), "is not installed"],
    ["that only audits", withSpec({ validationActions: ["Audit"] }), "has no Deny in spec.validationActions"],
    ["without actions", withSpec({ validationActions: undefined }), "has no Deny in spec.validationActions"],
    ["with parameters", withSpec({ paramRef: { name: "a" } }), `${OTHER} spec.paramRef is set`],
    [
      "for a part of the namespaces",
      withSpec({ matchResources: { namespaceSelector: { matchExpressions: [{}] } } }),
      `${OTHER} spec.matchResources is set`,
    ],
    [
      "for exact matches",
      withSpec({ matchResources: { matchPolicy: "Exact" } }),
      `${OTHER} spec.matchResources is set`,
    ],
  ])("finds a binding %s", (_, change, problem) => {
    expect(findings(same, change)).toEqual([`${BINDING} ${problem}`]);
  });

  it("tells what is wrong with the binding of the expected name, or with the first one", () => {
    const renamed = (one: AdmissionObject) => ({ ...one, metadata: { name: "other" } });
    const weak: Change = (one) => renamed(withSpec({ validationActions: ["Warn"] })(one) as AdmissionObject);
    expect(findings(same, (one) => [weak(one), terminating(one)].flat())).toEqual([`${BINDING} is being deleted`]);
    const noDeny = `${BINDING} has no Deny in spec.validationActions`;
    expect(findings(same, (one) => [weak(one), terminating(renamed(one))].flat())).toEqual([noDeny]);
  });

  it("is content with a sound binding of any name, and with further actions and bindings", () => {
    const renamed: Change = (one) => ({ ...one, metadata: { name: "other" } });
    expect(findings(same, renamed)).toEqual([]);
    expect(findings(same, withSpec({ validationActions: ["Audit", "Deny"] }))).toEqual([]);
    const weak = withSpec({ validationActions: ["Warn"] });
    expect(findings(same, (one) => [weak(one), renamed(one)].flat())).toEqual([]);
  });

  it("expects no kinds that the API server does not serve", () => {
    const served = expected.filter(({ kind = "" }) => kind.startsWith("Validating"));
    const live = Map.groupBy(served, ({ kind = "" }) => kind);
    expect(comparePolicies(expected, live)).toEqual([]);
    expect(comparePolicies(expected, new Map([...live, ["MutatingAdmissionPolicy", []]])).length).toBeGreaterThan(0);
  });
});
