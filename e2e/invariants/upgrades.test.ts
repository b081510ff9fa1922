import { describe, expect, it } from "vitest";
import { folderKey } from "./observation.ts";
import { folderOf, type Sample } from "./sample.ts";
import { addRef, changeStatus, OTHER_COMMIT, setNotReady, violationsAfter } from "./sample-changes.ts";

const LIB = "1".repeat(39);

/** The draft was made from the first of two revisions of a package; it says this of the second one. */
function upgradable(parts: Sample, said: object, revision = "v1") {
  const commits = [`${LIB}a`, `${LIB}b`] as const;
  for (const [at, commit] of commits.entries()) {
    addRef(parts, `refs/tags/lib/v${at + 1}`, commit);
    const files = at === 0 ? { a: "1", b: "1", c: "1" } : { a: "2", c: "1", d: "1", e: "1" };
    parts.folders.set(folderKey(commit, "lib"), folderOf(files));
  }
  const commit = revision === "v1" ? commits[0] : revision === "v2" ? commits[1] : OTHER_COMMIT;
  const upstreamLock = { repository: "blueprints", package: "lib", revision, commit, digest: "d" };
  changeStatus(parts, "next", { upstreamLock, ...said });
}

const ofUpgrades = (change: (parts: Sample) => void) =>
  violationsAfter(change).filter((one) => one.startsWith("(9) team/catalog.blueprints.web.app.next: "));

const RIGHT = { upgrade: "v2", upgradeChanges: "2 files added, 1 changed, 1 removed" };

describe("checkUpgrades", () => {
  it.each([
    ["names the later revision of its upstream", RIGHT, "v1"],
    ["has the latest one", {}, "v2"],
    ["was made from the branch of published packages", {}, "main"],
    ["was made from a revision that is gone", { upgrade: "v2" }, "v0"],
  ])("accepts a draft that %s", (_, said, revision) => {
    expect(ofUpgrades((parts) => upgradable(parts, said, revision))).toEqual([]);
  });

  it.each([
    ["no later revision", {}, "has the upgrade none, and Git has v2 of lib"],
    ["another revision", { ...RIGHT, upgrade: "v3" }, "has the upgrade v3, and Git has v2 of lib"],
    ["no changes", { upgrade: "v2" }, `says of v2 of lib: nothing, and in Git it has ${RIGHT.upgradeChanges}`],
    ["other changes", { ...RIGHT, upgradeChanges: "1 file added" }, /says of v2 of lib: 1 file added, and in Git/],
  ])("reports a draft with %s", (_, said, message) => {
    const found = ofUpgrades((parts) => upgradable(parts, said));
    expect(found).toEqual([expect.stringMatching(message)]);
  });

  it("checks nothing of a draft that is not Ready, or whose upstream is not synced", () => {
    expect(
      ofUpgrades((parts) => {
        upgradable(parts, {});
        setNotReady(parts, "next", "PushRejected");
      }),
    ).toEqual([]);
    expect(
      ofUpgrades((parts) => {
        upgradable(parts, {});
        const { repository } = parts;
        parts.repository = { ...repository, spec: { ...repository.spec, sync: { suspend: true } } };
      }),
    ).toEqual([]);
  });
});
