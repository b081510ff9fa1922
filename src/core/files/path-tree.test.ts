import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasTooManyEntries, MAX_ENTRIES, pathClashes } from "./path-tree.ts";

describe("pathClashes", () => {
  it.each([
    [["a", "b", "a.yaml", "A1/x", "a2/X"], []],
    [["a", "a"], []],
    [["ab", "a/b/c"], []],
    [["a", "a/b"], [["a", "is a file, and a/ a folder"]]],
    [["a/b", "a"], [["a", "is a file, and a/ a folder"]]],
    [["a", "a/b/c"], [["a", "is a file, and a/ a folder"]]],
    [["A", "a/b"], [["A", "is a file, and a/ a folder"]]],
    [["README", "readme"], [["readme", "differs only by case from README"]]],
    [["x/a", "X/b"], [["X/b", "differs only by case from x"]]],
    [["x/y/a", "X/Y/b"], [["X/Y/b", "differs only by case from x"]]],
    [
      ["X/a", "x/a"],
      [
        ["x/a", "differs only by case from X"],
        ["x/a", "differs only by case from X/a"],
      ],
    ],
    [["\u00e9", "e\u0301"], [["e\u0301", "differs only by case from \u00e9"]]],
  ])("of %j are %j", (paths, clashes) => {
    expect(pathClashes(paths).map(({ path, problem }) => [path, problem])).toEqual(clashes);
  });

  it("do not depend on the order of paths", () => {
    const some = fc.uniqueArray(
      fc.array(fc.constantFrom("a", "A", "b"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    );
    fc.assert(
      fc.property(some, (paths) => {
        expect(pathClashes(paths).length > 0).toBe(pathClashes(paths.toReversed()).length > 0);
      }),
    );
  });
});

describe("hasTooManyEntries", () => {
  const files = (count: number) => Array.from({ length: count }, (_, at) => `f${at}`);

  it("counts files and folders, each once", () => {
    expect(hasTooManyEntries(files(MAX_ENTRIES))).toBe(false);
    expect(hasTooManyEntries([...files(MAX_ENTRIES - 1), "f1", "F2"])).toBe(false);
    expect(hasTooManyEntries([...files(MAX_ENTRIES - 1), "a/b"])).toBe(true);
  });

  it("looks at no more paths than it needs to know", () => {
    const deep = Array.from({ length: MAX_ENTRIES + 1 }, () => "a").join("/");
    const endless = function* () {
      for (;;) yield deep;
    };
    expect(hasTooManyEntries(endless())).toBe(true);
  });
});
