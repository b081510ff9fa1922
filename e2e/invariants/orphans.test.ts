import { describe, expect, it } from "vitest";
import { COMMITS, contentsOf, type Sample } from "./sample.ts";
import { addRef, BRANCH, changeStatus, copyRef, OTHER_FOLDER, violationsAfter } from "./sample-changes.ts";

describe("checkOrphans", () => {
  it.each<[string, RegExp, (parts: Sample) => void]>([
    [
      "a branch without an object",
      /web\/app\/lost: is a draft without a/,
      (parts) => {
        copyRef(parts, BRANCH, "refs/heads/web/app/lost", { workspace: "lost" });
      },
    ],
    [
      "a branch that outlives its publication",
      /web\/app\/first: is a draft without a/,
      (parts) => {
        copyRef(parts, BRANCH, "refs/heads/web/app/first", { workspace: "first" });
        changeStatus(parts, "first", { lifecycle: "deletionProposed" });
      },
    ],
    ["a ref of another kind", /refs\/work: is neither/, (parts) => addRef(parts, "refs/work", COMMITS.draft)],
    [
      "contents without an owner",
      /app.lost: its package revision does not exist/,
      (parts) => void parts.contents.push(contentsOf("lost", OTHER_FOLDER, true)),
    ],
    [
      "leftovers on the machine",
      /x.lock: is left/,
      (parts) => void parts.leftovers.push({ subject: "x.lock", message: "is left" }),
    ],
  ])("reports %s", (_, message, change) => {
    expect(violationsAfter(change)).toEqual([expect.stringMatching(new RegExp(`^\\(7\\) .*${message.source}`))]);
  });
});
