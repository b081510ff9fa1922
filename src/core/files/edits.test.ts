import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blobOid } from "../identity/hash.ts";
import { isBelow } from "../identity/location.ts";
import { asPackageFiles, fileMap, goodPath, SOME_OID } from "../testing/arbitraries.ts";
import { applyWanted, planEdits } from "./edits.ts";
import { placeProblems } from "./merge.ts";
import { MAX_SHOWN, type PackageFile, showFiles } from "./package-file.ts";
import type { TreeEdit } from "./tree-edit.ts";

type Tree = ReadonlyMap<string, string>;
const utf8 = (text: string) => new TextEncoder().encode(text);
const treeOf = (files: readonly PackageFile[]): Tree =>
  new Map(files.map((file) => [`pkg/${file.path}`, `${file.mode} ${file.oid}`]));

/** Applies edits to a tree in memory, as storage/git does with Git's trees. */
function edit(tree: Tree, edits: readonly TreeEdit[]): Tree {
  const files = new Map(tree);
  for (const step of edits) {
    if (step.kind === "putTree" || step.kind === "putObject") throw new Error("not planned here");
    for (const path of files.keys()) {
      if (path === step.path || isBelow(path, step.path) || (step.kind === "putFile" && isBelow(step.path, path))) {
        files.delete(path);
      }
    }
    if (step.kind === "putFile") files.set(step.path, `${step.mode} ${blobOid(step.bytes, "sha1")}`);
  }
  return files;
}

const inGit = fc
  .tuple(fileMap, fc.array(goodPath, { maxLength: 3 }), fc.constantFrom("100644" as const, "100755" as const))
  .map(([shown, links, mode]): readonly PackageFile[] => {
    const hidden = links.map((path) => ({ path, mode: "120000" as const, oid: blobOid(utf8(path), "sha1") }));
    const fitting = hidden.filter((_, at) => placeProblems(hidden.slice(0, at + 1), shown, []).length === 0);
    const apart = fitting.filter((one, at) =>
      fitting
        .slice(0, at)
        .every(({ path }) => path !== one.path && !isBelow(path, one.path) && !isBelow(one.path, path)),
    );
    return [...asPackageFiles(shown, mode), ...apart];
  });

describe("planEdits", () => {
  it("removes first, so that a folder may replace a file, and a file a folder", () => {
    const files = asPackageFiles(
      new Map([
        ["a", utf8("1")],
        ["b/c", utf8("1")],
      ]),
    );
    const wanted = new Map([
      ["a/x", utf8("2")],
      ["b", utf8("2")],
    ]);
    expect(planEdits("pkg", files, wanted, "sha1").map((one) => [one.kind, one.path])).toEqual([
      ["remove", "pkg/a"],
      ["remove", "pkg/b/c"],
      ["putFile", "pkg/a/x"],
      ["putFile", "pkg/b"],
    ]);
  });

  it("keep the mode of a changed file, and files that are not shown", () => {
    const script: PackageFile = { path: "run", mode: "100755", oid: blobOid(utf8("1"), "sha1"), bytes: utf8("1") };
    const link: PackageFile = { path: "link", mode: "120000", oid: SOME_OID };
    const wanted = new Map([
      ["run", utf8("2")],
      ["new", utf8("3")],
    ]);
    expect(planEdits("pkg", [script, link], wanted, "sha1")).toEqual([
      { kind: "putFile", path: "pkg/run", mode: "100755", bytes: utf8("2") },
      { kind: "putFile", path: "pkg/new", mode: "100644", bytes: utf8("3") },
    ]);
  });

  it("leave a file alone whose object in Git has the wanted bytes, though they were not read", () => {
    const unread: PackageFile = { path: "a", mode: "100755", oid: blobOid(utf8("1"), "sha1") };
    expect(planEdits("pkg", [unread], new Map([["a", utf8("1")]]), "sha1")).toEqual([]);
    const changed = { kind: "putFile", path: "pkg/a", mode: "100755", bytes: utf8("2") };
    expect(planEdits("pkg", [unread], new Map([["a", utf8("2")]]), "sha1")).toEqual([changed]);
  });

  it("are empty if nothing changed", () => {
    fc.assert(
      fc.property(inGit, (files) => {
        const shown = new Map(files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, bytes]])));
        expect(planEdits("pkg", files, shown, "sha1")).toEqual([]);
      }),
    );
  });

  it("result in the wanted files and those that are not shown, as applyWanted returns them", () => {
    fc.assert(
      fc.property(inGit, fileMap, (files, wanted) => {
        fc.pre(placeProblems(files, wanted, []).length === 0);
        const after = edit(treeOf(files), planEdits("pkg", files, wanted, "sha1"));
        const hidden = files.filter((file) => file.bytes === undefined).map((file) => `pkg/${file.path}`);
        expect(new Set(after.keys())).toEqual(new Set([...hidden, ...[...wanted.keys()].map((path) => `pkg/${path}`)]));
        const byPath = (a: PackageFile, b: PackageFile) => (a.path < b.path ? -1 : 1);
        const applied = applyWanted(showFiles([...files].sort(byPath)), wanted, "sha1");
        expect(after).toEqual(treeOf(applied.files));
        // The order of files read from a commit.
        expect(applied).toEqual(showFiles([...applied.files].sort(byPath)));
      }),
      { numRuns: 300 },
    );
  });
});

describe("applyWanted", () => {
  const texts = new Map(["same", "changed", "removed"].map((path) => [path, utf8(path)]));
  const link: PackageFile = { path: "link", mode: "120000", oid: SOME_OID };
  const before = showFiles([...asPackageFiles(texts), link]);
  const [same] = before.files;

  it("is the package itself if nothing changed", () => {
    expect(applyWanted(before, texts, "sha1")).toBe(before);
  });

  it("reuses unchanged files, and counts the size without removed and former ones", () => {
    const wanted = new Map([
      ["same", utf8("same")],
      ["changed", utf8("now")],
    ]);
    const after = applyWanted(before, wanted, "sha1");
    expect(after.files.find(({ path }) => path === "same")).toBe(same);
    const fresh = showFiles([...asPackageFiles(wanted), link]);
    expect(after.size).toBe(fresh.size);
    expect([after.shown.map(({ path }) => path), after.hidden]).toEqual([["changed", "same"], fresh.hidden]);
    const fewer = applyWanted(before, new Map([["same", utf8("same")]]), "sha1");
    expect([fewer.shown, fewer.size]).toEqual([before.shown.slice(0, 1), showFiles(before.files.slice(0, 1)).size]);
  });

  it("lists a file that became too large among those that are not shown, by path", () => {
    const after = applyWanted(before, new Map([["large", utf8("x".repeat(MAX_SHOWN + 1))]]), "sha1");
    expect(after.hidden.map(({ path, reason }) => [path, reason])).toEqual([
      ["large", "TooLarge"],
      ["link", "Symlink"],
    ]);
    expect([after.shown, after.size]).toEqual([[], 0]);
  });
});
