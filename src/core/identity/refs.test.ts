import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gitPart, revision } from "../testing/arbitraries.ts";
import {
  branchRef,
  deletedDraftRefs,
  draftRef,
  isBranchName,
  parseRef,
  refsConflict,
  revisionRef,
  tombstoneRef,
} from "./refs.ts";

const path = fc.array(gitPart, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));

describe("refs", () => {
  it.each([
    ["refs/heads/main", { kind: "branch", branch: "main", folder: "", leaf: "main" }],
    ["refs/heads/a/b/w", { kind: "branch", branch: "a/b/w", folder: "a/b", leaf: "w" }],
    ["refs/tags/a/b/v1", { kind: "tag", folder: "a/b", leaf: "v1" }],
    ["refs/tags/v1", { kind: "tag", folder: "", leaf: "v1" }],
    ["refs/tags/a/deleted-v1", { kind: "tombstone", folder: "a", revision: "v1" }],
    ["refs/tags/a/b/deleted-one-0123456789ab", { kind: "deletedDraft", folder: "a/b" }],
    [`refs/tags/a/deleted-${"0".repeat(40)}`, { kind: "deletedDraft", folder: "a" }],
    ["refs/tags/a/deleted-one-0123", { kind: "tombstone", folder: "a", revision: "one-0123" }],
    [
      "refs/heads/a/deleted-one-0123456789ab",
      { kind: "branch", branch: "a/deleted-one-0123456789ab", folder: "a", leaf: "deleted-one-0123456789ab" },
    ],
    ["refs/heads/a/deleted-v1", { kind: "branch", branch: "a/deleted-v1", folder: "a", leaf: "deleted-v1" }],
    ["refs/notes/a/v1", { kind: "other" }],
    ["HEAD", { kind: "other" }],
  ])("parses %s", (ref, parsed) => {
    expect(parseRef(ref)).toEqual(parsed);
  });

  it("parses the refs that it builds", () => {
    fc.assert(
      fc.property(path, gitPart, revision, (folder, leaf, number) => {
        expect(parseRef(draftRef(folder, leaf))).toEqual({ kind: "branch", branch: `${folder}/${leaf}`, folder, leaf });
        expect(draftRef(folder, leaf)).toBe(branchRef(`${folder}/${leaf}`));
        expect(parseRef(revisionRef(folder, number))).toEqual({ kind: "tag", folder, leaf: number });
        for (const ref of deletedDraftRefs(folder, leaf, "1".repeat(40)))
          expect(parseRef(ref)).toMatchObject({ kind: "deletedDraft" });
        expect(parseRef(tombstoneRef(folder, number))).toEqual({ kind: "tombstone", folder, revision: number });
      }),
    );
  });

  it.each([
    ["refs/heads/a", "refs/heads/a/b", true],
    ["refs/heads/main/x", "refs/heads/main", true],
    ["refs/heads/a", "refs/heads/ab", false],
    ["refs/heads/a", "refs/heads/a", false],
    ["refs/heads/a", "refs/tags/a/b", false],
  ])("%s and %s conflict: %s", (a, b, conflict) => {
    expect([refsConflict(a, b), refsConflict(b, a)]).toEqual([conflict, conflict]);
  });

  it.each(["main", "a/b", "feature-1", "a.b", "a./b", "x@y", "é", "{x}", "head", "locked", "a.lockx"])(
    "takes the branch %s",
    (name) => {
      expect(isBranchName(name)).toBe(true);
    },
  );

  it.each([
    ...["", "-x", "--upload-pack=x", "+main", "a b", "a\nb", "a\x00", "a\x7f", "a~1", "a^", "a:b", "a?", "a*", "a["],
    ...[
      "a\\b",
      "a..b",
      "a@{1}",
      "@",
      "a//b",
      "/a",
      "a/",
      ".a",
      "a/.b",
      "a.",
      "a.lock",
      "a.lock/b",
      "refs/heads/a",
      "HEAD",
    ],
  ])("rejects the branch name %j", (name) => {
    expect(isBranchName(name)).toBe(false);
  });
});
