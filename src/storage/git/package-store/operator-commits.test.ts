import { describe, expect, it } from "vitest";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { GitError } from "../errors.ts";
import type { Commit } from "../objects/parse-object.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { hasOnlyOperatorCommits } from "./operator-commits.ts";

const TRUSTED = new Set(["default/blue"]);
const message = (repository: string) => renderCommitMessage("Edit dns", { ...trailersOf("dns", "one"), repository });
const ours = { isSigned: true, message: message("default/blue") };

/** Commits by id, or why they cannot be read. */
function mirrorOf(commits: Readonly<Record<string, Pick<Commit, "isSigned" | "message"> | GitError>>): MirrorReader {
  const commit = async (oid: string) => {
    const found = commits[oid];
    if (found instanceof GitError) throw found;
    return found;
  };
  const commitsBeyond = async () => Object.keys(commits);
  return { reader: { commit }, history: { commitsBeyond } } as unknown as MirrorReader;
}

describe("hasOnlyOperatorCommits", () => {
  it.each([
    ["signed commits only", mirrorOf({ a: ours, b: ours }), true],
    ["a commit of others", mirrorOf({ a: ours, b: { ...ours, isSigned: false } }), false],
    ["a commit for another Repository", mirrorOf({ a: ours, b: { ...ours, message: message("eve/blue") } }), false],
    ["a signed commit without a record", mirrorOf({ a: ours, b: { ...ours, message: "Delete dns v1" } }), false],
    ["a commit that is too large to be ours", mirrorOf({ a: new GitError("ObjectTooLarge", "") }), false],
  ])("%s", async (_, mirror, expected) => {
    expect(await hasOnlyOperatorCommits(mirror, undefined, "a", TRUSTED)).toBe(expected);
  });

  it("does not decide where a commit cannot be read", async () => {
    const mirror = mirrorOf({ a: new GitError("MirrorCorrupt", "") });
    await expect(hasOnlyOperatorCommits(mirror, undefined, "a", TRUSTED)).rejects.toThrow(GitError);
  });
});
