import { describe, expect, it } from "vitest";
import { MAIN } from "../testing/fixtures.ts";
import { addTo, change, draft } from "../testing/push-fixtures.ts";
import type { GitChange } from "./change.ts";
import { SharedPush } from "./shared-push.ts";

/** Which of the changes share one push; only main exists. */
function share(...changes: readonly GitChange[]): readonly boolean[] {
  const push = new SharedPush();
  return changes.map((one) => push.add(one, (ref) => ref !== MAIN));
}

describe("SharedPush.add", () => {
  it.each([
    ["different folders", addTo("a"), addTo("b"), true],
    ["folders with a common prefix", addTo("a"), addTo("ab"), true],
    ["the same folder", addTo("a"), addTo("a"), false],
    ["a folder and its parent", addTo("a/b"), addTo("a"), false],
    ["a folder and the folder in it", addTo("a"), addTo("a/b/c"), false],
    ["the root and a folder", addTo(""), addTo("a"), false],
    ["a folder and the root", addTo("a"), addTo(""), false],
    ["different drafts", change(draft("refs/heads/a")), change(draft("refs/heads/b")), true],
    ["the same draft", change(draft("refs/heads/a")), change(draft("refs/heads/a")), false],
    ["a draft and its deletion", change(draft(MAIN)), change({ kind: "delete", ref: MAIN }), false],
    ["main with and without claims", addTo("a"), change(draft(MAIN)), false],
    ["main without and with claims", change(draft(MAIN)), addTo("a"), false],
    ["a new branch and one below it", change(draft("refs/heads/a")), change(draft("refs/heads/a/b")), false],
    ["a new branch and one above it", change(draft("refs/heads/a/b")), change(draft("refs/heads/a")), false],
  ] as const)("%s", (_, first, second, isShared) => {
    expect(share(first, second)).toEqual([true, isShared]);
  });

  it("limits a push to 300 refs, because a command line is limited; one change may have more", () => {
    const drafts = (from: number, count: number) =>
      change(...Array.from({ length: count }, (_, index) => draft(`refs/heads/${from + index}`)));
    expect(share(drafts(0, 299), drafts(300, 1), drafts(400, 1))).toEqual([true, true, false]);
    expect(share(drafts(0, 301), drafts(400, 1))).toEqual([true, false]);
  });
});
