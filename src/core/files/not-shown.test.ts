import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileNotShown } from "../../api/v1alpha1/package-revision-resources.ts";
import { listNotShown, MAX_NOT_SHOWN, notListed } from "./not-shown.ts";
import { MAX_PATH } from "./package-file.ts";

const object = "0".repeat(40);
const link = (path: string, more: Partial<FileNotShown> = {}): FileNotShown => ({
  path,
  reason: "Symlink",
  object,
  target: "a.yaml",
  ...more,
});
const links = (count: number) => Array.from({ length: count }, (_, index) => link(`link-${index}`));

describe("files that are not shown", () => {
  it("are all listed, in an order of their own, where there are a hundred", () => {
    const all = [...links(98), link("p", { leaves: "Package" }), link("r", { leaves: "Repository" })];
    const listed = listNotShown(all);
    expect(listed.slice(0, 3).map(({ path }) => path)).toEqual(["r", "p", "link-0"]);
    expect(listed).toHaveLength(all.length);
    expect(notListed(all)).toBeUndefined();
  });

  it("are not proposed unless all of them are listed, each with its whole path", () => {
    const file = fc.record({ path: fc.string({ minLength: 1, maxLength: 200 }), object: fc.constant(object) });
    const all = fc.array(
      file.map((one): FileNotShown => ({ ...one, reason: "Symlink" })),
      { maxLength: 400, size: "max" },
    );
    fc.assert(
      fc.property(all, (hidden) => {
        const listed = listNotShown(hidden).map(({ path }) => path);
        const isComplete =
          listed.toSorted().join("\n") ===
          hidden
            .map(({ path }) => path)
            .sort()
            .join("\n");
        return listed.length <= MAX_NOT_SHOWN && (notListed(hidden) === undefined) === isComplete;
      }),
    );
  });

  it("are counted in the message that says what to do", () => {
    const problem = notListed(links(1000));
    expect(problem?.reason).toBe("FilesNotListed");
    expect(problem?.message).toMatch(
      /^1000 files are not shown, and status\.filesNotShown of the contents holds \d+ of/,
    );
    expect(problem?.message).toContain("from the draft's branch with git");
    expect(notListed([link("x".repeat(MAX_PATH))])?.message).toContain(`a path has ${MAX_PATH} characters or more`);
    expect(notListed([link("x".repeat(MAX_PATH - 1))])).toBeUndefined();
  });
});
