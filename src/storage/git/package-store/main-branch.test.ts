import { describe, expect, it } from "vitest";
import { describeMissingMain, isMain } from "./main-branch.ts";

describe("isMain", () => {
  it.each([
    ["main", "main", true],
    ["main", "master", true],
    ["master", "master", true],
    ["master", "main", false],
    ["v1", "v1", false],
    [undefined, "main", false],
  ])("of the revision %s where the branch is %s: %s", (revision, branch, expected) => {
    expect(isMain(`refs/heads/${branch}`, revision)).toBe(expected);
  });
});

describe("describeMissingMain", () => {
  const describeFor = (...names: readonly string[]) =>
    describeMissingMain(
      "refs/heads/main",
      names.map((name) => `refs/heads/${name}`),
    );

  it("names nothing of an empty remote", () => {
    expect(describeFor()).toBe("the remote has no branch main");
  });

  it("names five branches, those without a folder first, and no long one", () => {
    const others = ["web/one", "zeta", "master", "a/b/c", `x${"y".repeat(80)}`];
    expect(describeFor(...others)).toBe("the remote has no branch main (it has master, zeta, web/one, a/b/c, …)");
    expect(describeFor("a", "b", "c", "d", "e", "f")).toBe("the remote has no branch main (it has a, b, c, d, e, …)");
  });
});
