import { describe, expect, it } from "vitest";
import type { ApprovalRule } from "../../../api/v1alpha1/repository-approval.ts";
import { aRepository, aRevision } from "../../testing/observed.ts";
import { requiredApprovals } from "./required-approvals.ts";

const EDGE = { target: "edge-1", repository: "blue", realm: "core", package: "dns", workspace: "one" };
const OWNERS = ["net-owners"];

function requiredOf(
  approval: NonNullable<Parameters<typeof aRepository>[0]>["approval"],
  { id = EDGE, ...more }: { readonly id?: object; readonly changedFiles?: readonly string[] } = {},
) {
  const object = aRevision({ spec: { packageRevID: { ...EDGE, ...id } } });
  const repository = aRepository(approval === undefined ? {} : { approval });
  return requiredApprovals({ object, repository, ...more });
}
const holds = (match: ApprovalRule["match"], more: Parameters<typeof requiredOf>[1] = {}) =>
  requiredOf({ rules: [{ name: "owners", ...(match && { match }), groups: OWNERS }] }, more).length > 0;

describe("requiredApprovals", () => {
  it.each([
    ["no policy", undefined],
    ["four eyes alone", { fourEyes: true }],
    ["one approval", { required: 1 }],
    ["a rule for one approval of anybody", { rules: [{ name: "any", required: 1 }] }],
  ])("asks for nothing beside an approval: %s", (_, approval) => {
    expect(requiredOf(approval)).toEqual([]);
  });

  it("asks for a number, and for the groups of each rule", () => {
    expect(requiredOf({ required: 3 })).toEqual([{ required: 3 }]);
    const rules = [
      { name: "owners", groups: OWNERS },
      { name: "two", required: 2 },
    ];
    const ofRules = [
      { rule: "owners", groups: OWNERS, required: 1 },
      { rule: "two", required: 2 },
    ];
    expect(requiredOf({ required: 2, rules })).toEqual(ofRules);
    expect(requiredOf({ required: 3, rules })).toEqual([{ required: 3 }, ...ofRules]);
  });

  it.each<[ApprovalRule["match"], boolean]>([
    [undefined, true],
    [{ targets: ["edge-*"] }, true],
    [{ targets: ["core-*", "edge-?"] }, true],
    [{ targets: ["edge"] }, false],
    [{ packages: ["dns"] }, true],
    [{ packages: ["core/*"] }, true],
    [{ packages: ["core"] }, false],
    [{ targets: ["edge-*"], packages: ["web"] }, false],
  ])("holds for targets and packages %j: %s", (match, expected) => {
    expect(holds(match)).toBe(expected);
  });

  it("takes catalog for the target of a package without one", () => {
    const id = { target: undefined, realm: undefined };
    expect(holds({ targets: ["catalog"], packages: ["d*"] }, { id })).toBe(true);
    expect(holds({ packages: ["core/dns"] }, { id })).toBe(false);
  });

  it.each<[readonly string[], readonly string[], boolean]>([
    [["*.yaml"], ["a/b/c.yaml"], true],
    [["rbac/*"], ["rbac/deep/role.yaml", "x"], true],
    [["rbac/*"], ["app.yaml"], false],
    [["app.yaml"], ["app.yaml"], true],
    [["app.yaml"], [], false],
  ])("holds for changed files %j of %j: %s", (paths, changedFiles, expected) => {
    expect(holds({ paths: [...paths] }, { changedFiles })).toBe(expected);
  });

  it("holds as long as it is not known which files have changed", () => {
    expect(holds({ paths: ["rbac/*"] })).toBe(true);
  });

  it("holds for paths that take too long to compare, and takes no longer", () => {
    const paths = Array.from({ length: 32 }, () => `*${"a".repeat(200)}b`);
    const changedFiles = Array.from({ length: 2000 }, (_, at) => `${at}${"a".repeat(3000)}`);
    const start = performance.now();
    expect(holds({ paths }, { changedFiles })).toBe(true);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
