import { describe, expect, it } from "vitest";
import type { RecordedApprovals } from "../../src/core/revision/approval-trailers.ts";
import { folderKey } from "./observation.ts";
import { APPROVED, approvableOf, digestOf, FIRST, type Sample } from "./sample.ts";
import {
  changeRef,
  changeTrailers,
  copyRef,
  OTHER_COMMIT,
  OTHER_FOLDER,
  TAG,
  violationsAfter,
} from "./sample-changes.ts";

const BOB = { by: "bob", digest: APPROVED, at: "2026-01-01T00:00:00Z" };

/** The tag and the object's status record the same approvals. */
const withApprovals = (approvals: RecordedApprovals) => (parts: Sample) => {
  changeTrailers(parts, TAG, { approvals });
  const shown = { requiredApprovals: [...approvals.required], approvals: [...approvals.given] };
  parts.first = { ...parts.first, status: { observedGeneration: 1, ...parts.first.status, ...shown } };
};

/** A second revision, with other files, that a rule has published. */
const byRule = (expression: string, base: object) => (parts: Sample) => {
  const metadata = { base };
  copyRef(parts, TAG, "refs/tags/web/app/v3", {
    ...{ revision: "v3", approvedBy: undefined as never, metadata },
    ...{ digest: digestOf(OTHER_FOLDER), proposalDigest: approvableOf(OTHER_FOLDER, metadata) },
    approvedByRule: { rule: { name: "any", expression } },
  });
  changeRef(parts, "refs/tags/web/app/v3", { commit: OTHER_COMMIT });
  parts.folders.set(folderKey(OTHER_COMMIT, "web/app"), OTHER_FOLDER);
};
const BASE = { revision: "v1" };

describe("checkAutomatic", () => {
  it.each([
    ["change.fileCount == 1 && change.otherFileCount == 1", BASE, undefined],
    ["change.isImageVersions", BASE, "is not true"],
    ["change.isImageVersions", { revision: "v0" }, undefined],
    ["true", {}, "it is the first revision"],
  ])("evaluates %s again", (expression, base, why) => {
    const found = violationsAfter(byRule(expression, base)).filter((one) => one.includes("rule any"));
    expect(found).toEqual(why === undefined ? [] : [expect.stringContaining(why)]);
  });

  it("reports a mode that has changed, which no review shows", () => {
    const files = OTHER_FOLDER.files?.map((one) => ({ ...one, mode: "100755" as const }));
    const found = violationsAfter((parts) => {
      byRule("true", BASE)(parts);
      parts.folders.set(folderKey(OTHER_COMMIT, "web/app"), { ...OTHER_FOLDER, files });
    });
    expect(found).toContainEqual(expect.stringContaining("it changes the mode of app.yaml"));
  });
});

describe("checkApprovals of a tag with a rule", () => {
  it("reports one that names an approver as well", () => {
    const approvedByRule = { rule: { name: "any", expression: "true" } };
    const found = violationsAfter((parts) => changeTrailers(parts, TAG, { approvedByRule }));
    expect(found).toContainEqual(expect.stringContaining("names both an approver and a rule"));
  });
});

describe("checkApprovals", () => {
  const withTrailers = (trailers: object) => (parts: Sample) => changeTrailers(parts, TAG, trailers);

  it.each<[string, RegExp, (parts: Sample) => void]>([
    ["has no approver", /names no approver/, withTrailers({ approvedBy: undefined })],
    [
      "counts fewer approvals than were required",
      /fewer approvals than \{"required":2\}/,
      withApprovals({ required: [{ required: 2 }], given: [BOB] }),
    ],
    ["counts a user twice", /fewer approvals than/, withApprovals({ required: [{ required: 2 }], given: [BOB, BOB] })],
    [
      "counts a user of another group",
      /fewer approvals than/,
      withApprovals({ required: [{ groups: ["net"], required: 1 }], given: [{ ...BOB, groups: ["a"] }] }),
    ],
    [
      "does not count its approver",
      /does not count the approval of bob/,
      withApprovals({ required: [{ required: 1 }], given: [{ ...BOB, by: "eve" }] }),
    ],
    [
      "counts an approval of another digest",
      /approval of another digest/,
      withApprovals({ required: [{ required: 1 }], given: [{ ...BOB, digest: "sha256:7" }] }),
    ],
    ["does not say why a freeze was overridden", /and why/, withTrailers({ freezeOverriddenBy: "bob" })],
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
      "does not record the approvals that status shows",
      /other approvals than/,
      (parts) => {
        const status = { observedGeneration: 1, ...parts.first.status, approvals: [BOB] };
        parts.first = { ...parts.first, status };
      },
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
