import { describe, expect, it } from "vitest";
import { GitError } from "../errors.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { hasOnlyOwnCommits } from "./own-commits.ts";

/** Commits by id: signed, of others, or unreadable. */
function mirrorOf(commits: Readonly<Record<string, boolean | GitError>>): MirrorReader {
  const commit = async (oid: string) => {
    const found = commits[oid];
    if (found instanceof GitError) throw found;
    return { isSigned: found };
  };
  const commitsBeyond = async () => Object.keys(commits);
  return { reader: { commit }, history: { commitsBeyond } } as unknown as MirrorReader;
}

describe("hasOnlyOwnCommits", () => {
  it.each([
    ["signed commits only", mirrorOf({ a: true, b: true }), true],
    ["a commit of others", mirrorOf({ a: true, b: false }), false],
    ["a commit that is too large to be ours", mirrorOf({ a: new GitError("ObjectTooLarge", "") }), false],
  ])("%s", async (_, mirror, expected) => {
    expect(await hasOnlyOwnCommits(mirror, undefined, "a")).toBe(expected);
  });

  it("does not decide where a commit cannot be read", async () => {
    const mirror = mirrorOf({ a: new GitError("MirrorCorrupt", "") });
    await expect(hasOnlyOwnCommits(mirror, undefined, "a")).rejects.toThrow(GitError);
  });
});
