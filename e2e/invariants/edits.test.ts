import { describe, expect, it } from "vitest";
import { approvableOf, COMMITS, DRAFT_FOLDER, NEXT, type Sample } from "./sample.ts";
import { BRANCH, changePage, changeRef, changeStatus, OTHER_COMMIT, violationsAfter } from "./sample-changes.ts";

describe("checkEdits", () => {
  it.each<[string, RegExp, (parts: Sample) => void]>([
    [
      "is not in its commit",
      /"app.yaml" is shown with other bytes/,
      (parts) => changePage(parts, 1, { spec: { resources: { "app.yaml": "a: 3\n", "more.yaml": "b: 1\n" } } }),
    ],
    [
      "has a branch at another commit",
      /is at 9{40}, status has 3{40}/,
      (parts) => changeRef(parts, BRANCH, { commit: OTHER_COMMIT }),
    ],
    ["has no branch", /has no refs\/heads/, (parts) => void parts.refs.delete(BRANCH)],
    ["has no contents", /is a draft, and has no contents/, (parts) => void parts.contents.pop()],
    [
      "was proposed as something else",
      /status has sha256:5, the files/,
      (parts) => changeStatus(parts, "next", { lifecycle: "proposed", contentDigest: "sha256:5" }),
    ],
    [
      "was proposed with other metadata than its commit records",
      /the proposal is sha256:[0-9a-f]{64}, its commit is/,
      (parts) => {
        const proposal = { digest: approvableOf(DRAFT_FOLDER), commit: COMMITS.draft, at: "2026-01-01T00:00:00Z" };
        changeStatus(parts, "next", { lifecycle: "proposed", proposal });
      },
    ],
    [
      "has no commit in its status",
      /status has no commit/,
      (parts) => changeStatus(parts, "next", { commit: undefined }),
    ],
  ])("reports an acknowledged draft that %s", (_, message, change) => {
    expect(violationsAfter(change)).toContainEqual(
      expect.stringMatching(new RegExp(`^\\(6\\) ${NEXT}: .*${message.source}`)),
    );
  });

  it("accepts edits that are not acknowledged", () => {
    const found = violationsAfter((parts) =>
      changePage(parts, 1, { spec: { resources: {} }, status: { error: "why", observedGeneration: 2 } }),
    );
    expect(found).toEqual([]);
  });

  it("reports edits in the ledger that are in no commit", () => {
    const files = new Map([
      ["app.yaml", Buffer.from("a: 1.5\n")],
      ["gone.yaml", null],
    ]);
    const found = violationsAfter(() => undefined, { edits: [{ revision: NEXT, files }] });
    expect(found).toEqual([
      expect.stringMatching(/^\(6\) .*the 7 bytes of "app.yaml"/),
      expect.stringMatching(/^\(6\) .*the deletion of "gone.yaml"/),
    ]);
  });
});
