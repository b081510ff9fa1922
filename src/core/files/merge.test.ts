import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPackageFiles, fileMap, SOME_OID } from "../testing/arbitraries.ts";
import { mergeFiles, placeProblems } from "./merge.ts";
import type { PackageFile } from "./package-file.ts";

type Files = ReadonlyMap<string, Uint8Array>;
type Texts = Readonly<Record<string, string>>;
const files = (texts: Texts): Files =>
  new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
const merge = (base: Files, theirs: Files, wanted: Files) =>
  mergeFiles(asPackageFiles(base), asPackageFiles(theirs), wanted, "sha1");

/** Three versions of one package: mostly the same files, some changed, added or removed. */
const versions = fc.tuple(fileMap, fileMap, fileMap).map(([base, a, b]): [Files, Files, Files] => {
  const version = (others: Files) =>
    new Map([...base, ...others].filter(([path]) => path.length % 4 !== others.size % 4));
  return [base, version(a), version(b)];
});

describe("mergeFiles", () => {
  it.each<[string, Texts, Texts, Texts, Texts, string[]]>([
    ["nothing", { a: "1" }, { a: "1" }, { a: "1" }, { a: "1" }, []],
    ["an edit", { a: "1" }, { a: "1" }, { a: "2" }, { a: "2" }, []],
    ["a pushed change", { a: "1" }, { a: "2" }, { a: "1" }, { a: "2" }, []],
    ["changes of different files", { a: "1", b: "1" }, { a: "2", b: "1" }, { a: "1", b: "2" }, { a: "2", b: "2" }, []],
    ["the same change", { a: "1" }, { a: "2" }, { a: "2" }, { a: "2" }, []],
    ["a removal by an edit", { a: "1", b: "1" }, { a: "1", b: "1" }, { b: "1" }, { b: "1" }, []],
    ["a pushed removal", { a: "1", b: "1" }, { b: "1" }, { a: "1", b: "1" }, { b: "1" }, []],
    ["a removal by both", { a: "1" }, {}, {}, {}, []],
    ["additions", {}, { a: "1" }, { b: "1" }, { a: "1", b: "1" }, []],
    ["different changes", { a: "1" }, { a: "2" }, { a: "3" }, { a: "3" }, ["a"]],
    ["different additions", {}, { a: "2" }, { a: "3" }, { a: "3" }, ["a"]],
    ["an edit of a file whose removal was pushed", { a: "1" }, {}, { a: "2" }, { a: "2" }, ["a"]],
    ["an edited folder at the path of a pushed file", {}, { a: "1" }, { "a/b": "2" }, { a: "1", "a/b": "2" }, ["a"]],
    ["an edited file at the path of a pushed folder", {}, { "a/b": "1" }, { a: "2" }, { a: "2", "a/b": "1" }, ["a"]],
    ["names that differ by case alone", {}, { A: "1" }, { a: "2" }, { A: "1", a: "2" }, ["a"]],
    ["names that clashed before", { A: "1", a: "1" }, { A: "1", a: "2" }, { A: "1", a: "1" }, { A: "1", a: "2" }, []],
    [
      "an edit of a file whose name was pushed in another case",
      { a: "1" },
      { A: "1" },
      { a: "2" },
      { A: "1", a: "2" },
      ["a"],
    ],
    ["two conflicts", {}, { b: "1", a: "1" }, { b: "2", a: "2" }, { b: "2", a: "2" }, ["a", "b"]],
    ["a removal of a file whose change was pushed", { a: "1" }, { a: "2" }, {}, {}, ["a"]],
  ])("merges %s", (_, base, theirs, wanted, merged, conflicts) => {
    expect(merge(files(base), files(theirs), files(wanted))).toEqual({ files: files(merged), conflicts });
  });

  it("leaves files that are not shown to the check of their places", () => {
    const hidden: PackageFile = { path: "a", mode: "120000", oid: SOME_OID };
    const merged = { files: files({ a: "2" }), conflicts: [] };
    expect(mergeFiles([hidden], [], files({ a: "2" }), "sha1")).toEqual(merged);
    expect(mergeFiles([], [hidden], files({ a: "2" }), "sha1")).toEqual(merged);
  });

  it("is the edited contents if the branch is unchanged", () => {
    fc.assert(
      fc.property(versions, ([base, , wanted]) => {
        expect(merge(base, base, wanted)).toEqual({ files: new Map(wanted), conflicts: [] });
      }),
    );
  });

  it("is the pushed contents if nothing was edited", () => {
    fc.assert(
      fc.property(versions, ([base, theirs]) => {
        expect(merge(base, theirs, base)).toEqual({ files: new Map(theirs), conflicts: [] });
      }),
    );
  });

  it("is the contents of both sides if they are equal", () => {
    fc.assert(
      fc.property(versions, ([base, theirs]) => {
        expect(merge(base, theirs, theirs)).toEqual({ files: new Map(theirs), conflicts: [] });
      }),
    );
  });

  it("is symmetric: the same conflicts, or the same files", () => {
    fc.assert(
      fc.property(versions, ([base, a, b]) => {
        const [ours, others] = [merge(base, a, b), merge(base, b, a)];
        expect(ours.conflicts).toEqual(others.conflicts);
        const clean = (merged: Files) => new Map([...merged].filter(([path]) => !ours.conflicts.includes(path)));
        expect(clean(ours.files)).toEqual(clean(others.files));
      }),
    );
  });
});

describe("placeProblems", () => {
  const link = (path: string): PackageFile => ({ path, mode: "120000", oid: SOME_OID });
  const file = (path: string): PackageFile => ({ path, mode: "100644", oid: SOME_OID, bytes: new Uint8Array() });

  it.each<[string, PackageFile[], Texts, string[], string[]]>([
    ["no problem without clashes", [link("link")], { a: "" }, ["sub"], []],
    [
      "a file at a hidden one's path",
      [link("link")],
      { link: "" },
      [],
      ['"link" is in Git already as a file that is not shown'],
    ],
    ["a file below a hidden one", [link("link")], { "link/a": "" }, [], ['"link" is a file, and link/ a folder']],
    ["a file where a hidden one has its folder", [link("a/link")], { a: "" }, [], ['"a" is a file, and a/ a folder']],
    [
      "a file that differs from a hidden one by case",
      [link("Link")],
      { link: "" },
      [],
      ['"link" differs only by case from Link'],
    ],
    ["files that differ by case", [], { a: "", A: "" }, [], ['"a" differs only by case from A']],
    ["a file beside a folder", [], { a: "", "a/b": "" }, [], ['"a" is a file, and a/ a folder']],
    ["files that differ by case in Git already", [file("a"), file("A")], { a: "", A: "", b: "" }, [], []],
    [
      "one more that differs by case",
      [file("a/x"), file("A/x")],
      { "a/x": "", "A/x": "", "A/X": "" },
      [],
      ['"A/x" differs only by case from A/X', '"a/x" differs only by case from A/X'],
    ],
    [
      "hidden files that clash with each other alone",
      [link("Link"), link("link"), link("x"), link("X")],
      { a: "" },
      [],
      [],
    ],
    ["a file of a package below", [], { "sub/a": "" }, ["sub"], ['"sub/a" belongs to the package in the folder sub']],
    [
      "a file at the path of a package below",
      [],
      { sub: "" },
      ["sub"],
      ['"sub" belongs to the package in the folder sub'],
    ],
    [
      "a file at the path of a folder that contains a package",
      [],
      { a: "" },
      ["a/sub"],
      ['"a" is a file, and the package in a/sub'],
    ],
    ["a file beside a package below", [], { "a/b": "", "a/subs": "" }, ["a/sub"], []],
  ])("finds %s", (_, hidden, wanted, nested, problems) => {
    const found = placeProblems(hidden, files(wanted), nested);
    expect(found.map((problem) => problem.message)).toEqual(problems.map((text) => expect.stringContaining(text)));
    expect(found.every((problem) => problem.reason === "InvalidPath")).toBe(true);
  });

  it("names the limit of files and folders, and nothing else, where there are more", () => {
    const many = Array.from({ length: 20_000 }, (_, at) => [`a/${at}`, ""] as const);
    const problem = {
      reason: "TooManyFiles",
      message: "a package has at most 20000 files and folders: remove some, or make several packages of it",
    };
    expect(placeProblems([link("link")], files({ ...Object.fromEntries(many), link: "" }), [])).toEqual([problem]);
    const fewer = files(Object.fromEntries(many.slice(2)));
    expect(placeProblems([], fewer, [])).toEqual([]);
    expect(placeProblems([link("l")], fewer, ["b/c"])).toEqual([problem]);
  });
});
