import { describe, expect, it } from "vitest";
import type { PackageVariantSetSpec, TargetSource } from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { targetsOf } from "./targets.ts";

const repository = (name: string, labels: Readonly<Record<string, string>> = {}): Repository => ({
  apiVersion: "",
  kind: "",
  metadata: { name, namespace: "a", labels },
  spec: {},
});
const REPOSITORIES = [
  repository("west", { region: "us", tier: "1" }),
  repository("east", { region: "us" }),
  repository("north", { region: "eu", tier: "1" }),
];

function namesOf(targets: readonly TargetSource[], most = 100) {
  const found = targetsOf({ spec: { targets } as unknown as PackageVariantSetSpec }, REPOSITORIES, most);
  return found.kind === "tooMany" ? found : found.targets.map(({ name }) => name);
}
const list = (...names: readonly string[]) => ({ list: names.map((name) => ({ name })) });
const select = (selector: object) => ({ repositories: { selector } });

describe("targetsOf", () => {
  it("has listed targets, and Repositories by name", () => {
    expect(namesOf([list("b", "a"), select({})])).toEqual(["b", "a", "east", "north", "west"]);
  });

  it.each([
    [{ matchLabels: { region: "us" } }, ["east", "west"]],
    [{ matchLabels: { region: "us", tier: "1" } }, ["west"]],
    [{ matchExpressions: [{ key: "region", operator: "In", values: ["eu", "asia"] }] }, ["north"]],
    [{ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["2"] }] }, ["east", "north", "west"]],
    [{ matchExpressions: [{ key: "tier", operator: "NotIn", values: ["1"] }] }, ["east"]],
    [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, ["north", "west"]],
    [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, ["east"]],
    [{ matchLabels: { toString: "x" } }, []],
  ])("selects by %j", (selector, names) => {
    expect(namesOf([select(selector)])).toEqual(names);
  });

  it("pairs two sources, of which the second one counts", () => {
    const rows = { list: [{ name: "a", labels: { x: "1", y: "1" }, fields: { n: 1 } }] };
    const columns = { list: [{ name: "b", labels: { y: "2" }, fields: { m: 2 } }, { name: "c" }] };
    const found = targetsOf({ spec: { targets: [{ matrix: [rows, columns] }] } as never }, [], 10);
    expect(found).toMatchObject({
      targets: [
        { name: "a-b", labels: { x: "1", y: "2" }, fields: { n: 1, m: 2 } },
        { name: "a-c", labels: { x: "1", y: "1" }, fields: { n: 1 } },
      ],
    });
  });

  it("leaves out all targets of one name, and says so", () => {
    const found = targetsOf({ spec: { targets: [list("a", "b"), list("a")] } as never }, [], 10);
    expect(found).toMatchObject({ targets: [{ name: "b" }], duplicates: [{ first: { name: "a" } }] });
  });

  it("counts more than there may be, and makes none of them", () => {
    const many = list(...Array.from({ length: 1000 }, (_, index) => `t${index}`));
    expect(namesOf([{ matrix: [many, many] }], 500)).toEqual({ kind: "tooMany", count: 1_000_000 });
    expect(namesOf([list("a", "b")], 1)).toEqual({ kind: "tooMany", count: 2 });
  });
});
