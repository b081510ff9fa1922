import { describe, expect } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";

describe("History", () => {
  it("finds the merge base and the ancestors of commits, also if a commit is missing", async ({ repository }) => {
    const base = await repository.commitFile(MAIN, "a", "1");
    await repository.git("update-ref", "refs/heads/side", base);
    const main = await repository.commitFile(MAIN, "a", "2");
    const side = await repository.commitFile("refs/heads/side", "b", "3");
    const other = await repository.commitFile("refs/heads/other", "c", "4");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    expect(await mirror.history.mergeBase(main, side)).toBe(base);
    expect(await mirror.history.mergeBase(main, other)).toBeUndefined();
    expect([await mirror.history.contains(main, base), await mirror.history.contains(main, side)]).toEqual([
      true,
      false,
    ]);
    expect(await mirror.history.contains(main, "1".repeat(40))).toBe(false);
    expect(await mirror.history.contains("1".repeat(40), main)).toBe(false);
  });

  it("finds the last change of a folder, without changes in the excluded folders only", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "a*/x", "1");
    await repository.commitFile(MAIN, "a*/inner/y", "1");
    const head = await repository.commitFile(MAIN, "ab/z", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const author = (await mirror.reader.commit(first)).author.name;
    expect(await mirror.history.changesOf(head, "a*", ["a*/inner"], 1)).toEqual([{ commit: first, author }]);
    expect(await mirror.history.changesOf(head, "nowhere", [], 1)).toEqual([]);
  });
});
