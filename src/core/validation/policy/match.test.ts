import { describe, expect, it } from "vitest";
import type { Policy } from "../../../api/v1alpha1/repository-policies.ts";
import { CostBudget } from "../../cel/cost-budget.ts";
import { parseObjects } from "../objects/parse-objects.ts";
import { isAbout } from "./match.ts";

const LABELS = "labels: {app: web, tier: front}";
function objectOf(apiVersion: string, kind: string, metadata: string) {
  const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {${metadata}}\n`;
  const [object] = parseObjects([["a.yaml", new TextEncoder().encode(text)]]).objects;
  if (object === undefined) throw new Error("no object");
  return object;
}
const DEPLOYMENT = objectOf("apps/v1", "Deployment", `name: web, namespace: prod-1, ${LABELS}`);
const is = (policy: Pick<Policy, "match" | "exclude">, object = DEPLOYMENT, limit = 10_000) =>
  isAbout(policy, object, new CostBudget(limit));

describe("isAbout", () => {
  it.each([
    [{ apiVersions: ["apps/v1"] }, true],
    [{ apiVersions: ["apps/*"] }, true],
    [{ apiVersions: ["batch/v1", "apps/v?"] }, true],
    [{ apiVersions: ["apps"] }, false],
    [{ kinds: ["StatefulSet", "Deployment"] }, true],
    [{ kinds: ["*Set"] }, false],
    [{ kinds: ["deployment"] }, false],
    [{ kinds: ["Deployment"], apiVersions: ["v1"] }, false],
    [{ names: ["we?"] }, true],
    [{ namespaces: ["prod-*"] }, true],
    [{ namespaces: ["kube-*"] }, false],
    [{ labelSelector: { matchLabels: { app: "web" } } }, true],
    [{ labelSelector: { matchLabels: { app: "web", tier: "back" } } }, false],
    [{ labelSelector: { matchExpressions: [{ key: "tier", operator: "In", values: ["front"] }] } }, true],
    [{ labelSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["front"] }] } }, false],
    [{ labelSelector: { matchExpressions: [{ key: "other", operator: "NotIn", values: ["front"] }] } }, true],
    [{ labelSelector: { matchExpressions: [{ key: "tier", operator: "In", values: ["back"] }] } }, false],
    [{ labelSelector: { matchExpressions: [{ key: "tier", operator: "In", values: ["back", "front"] }] } }, true],
    [{ labelSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["back", "front"] }] } }, false],
    [{ labelSelector: { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["back"] }] } }, true],
    [{ labelSelector: { matchExpressions: [{ key: "nope", operator: "DoesNotExist" }] } }, true],
    [{ labelSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } }, true],
    [{ labelSelector: { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] } }, false],
    [{ labelSelector: { matchExpressions: [{ key: "toString", operator: "Exists" }] } }, false],
    [{ labelSelector: {} }, true],
    [{}, true],
  ] as const)("%j: %s", (match, expected) => {
    expect(is({ match } as Pick<Policy, "match">)).toBe(expected);
    expect(is({ exclude: match } as Pick<Policy, "exclude">)).toBe(!expected);
  });

  it("is true for all objects without match, and for none that is excluded as well", () => {
    expect(is({})).toBe(true);
    expect(is({ match: { kinds: ["*"] }, exclude: { names: ["web"], namespaces: ["prod-*"] } })).toBe(false);
    expect(is({ match: { kinds: ["*"] }, exclude: { names: ["web"], namespaces: ["other"] } })).toBe(true);
  });

  it("knows no namespace of objects that name none", () => {
    const role = objectOf("rbac.authorization.k8s.io/v1", "ClusterRole", "name: a");
    expect(is({ match: { namespaces: ["*"] } }, role)).toBe(true);
    expect(is({ match: { namespaces: ["?*", "default"] } }, role)).toBe(false);
  });

  it("takes a step for each object, and one for some comparisons", () => {
    const budget = new CostBudget(1_000);
    isAbout({}, DEPLOYMENT, budget);
    expect(budget.spent).toBe(1);
    isAbout({ match: { names: ["w?b"] } }, DEPLOYMENT, budget);
    expect(budget.spent).toBe(3);
  });

  it("fits any name with *, however long it is", () => {
    const long = objectOf("v1", "ConfigMap", `name: ${"a".repeat(601)}`);
    expect(is({ match: { names: ["*"] } }, long)).toBe(true);
    expect(is({ match: { names: ["a*"] } }, long)).toBe(false);
    expect(is({ match: { names: ["a*"] } }, objectOf("v1", "ConfigMap", `name: ${"a".repeat(600)}`))).toBe(true);
  });

  it("ends when patterns and names would take too long", () => {
    const long = objectOf("v1", "ConfigMap", `name: ${"a".repeat(590)}`);
    const match = { names: Array.from({ length: 64 }, () => `*${"a".repeat(200)}b`) };
    expect(() => is({ match }, long, 5_000)).toThrow("takes more than 5000 steps");
    expect(is({ match: { names: ["a*"] } }, objectOf("v1", "ConfigMap", `name: ${"a".repeat(5_000)}`))).toBe(false);
  });
});
