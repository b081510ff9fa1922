import { describe, expect, it } from "vitest";
import { approvableOf, digestOf, FIRST, type Sample } from "./sample.ts";
import { changeTrailers, OTHER_FOLDER, TAG, violationsAfter } from "./sample-changes.ts";

describe("checkApprovals", () => {
  const withTrailers = (trailers: object) => (parts: Sample) => changeTrailers(parts, TAG, trailers);

  it.each<[string, RegExp, (parts: Sample) => void]>([
    ["has no approver", /names no approver/, withTrailers({ approvedBy: undefined })],
    ["names no digest", /no digest/, withTrailers({ digest: undefined })],
    [
      "has other files than were approved",
      /its files have/,
      withTrailers({ digest: digestOf(OTHER_FOLDER), proposalDigest: approvableOf(OTHER_FOLDER) }),
    ],
    ["names no approved digest", /undefined was approved/, withTrailers({ proposalDigest: undefined })],
    [
      "records other labels than were approved",
      /was approved, it records/,
      withTrailers({ metadata: { labels: { team: "eve" } } }),
    ],
    [
      "changes files outside of its package",
      /changes files outside of its package, which nobody approved: \.ci\/run/,
      (parts) => void parts.otherChanges.set(TAG, [".ci/run"]),
    ],
    [
      "does not match the object's approval",
      /spec.approval is of sha256:7/,
      (parts) => {
        parts.first = { ...parts.first, spec: { ...parts.first.spec, approval: { by: "bob", digest: "sha256:7" } } };
      },
    ],
  ])("reports a tag that %s", (_, message, change) => {
    expect(violationsAfter(change)).toEqual([expect.stringMatching(new RegExp(`^\\(8\\) .*${message.source}`))]);
  });

  it("reports a publication that differs from all approvals given", () => {
    const approvals = [{ revision: FIRST, digest: approvableOf(OTHER_FOLDER) }];
    expect(violationsAfter(() => undefined, { approvals })).toEqual([
      expect.stringMatching(/^\(8\) .*approved was sha256/),
    ]);
  });
});
