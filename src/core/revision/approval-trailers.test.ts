import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordedApprovals } from "./approval-trailers.ts";
import { parseCommitMetadata, renderCommitMessage } from "./commit-trailers.ts";

const AT = "2026-01-02T03:04:05Z";
const PUBLICATION = { path: "dns", workspace: "one", lifecycle: "published", metadata: {} } as const;
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((one) => one.isWellFormed());
const record: fc.Arbitrary<RecordedApprovals> = fc.record({
  required: fc.array(
    fc.record({ required: fc.integer({ min: 1, max: 16 }), groups: fc.array(name, { maxLength: 2 }) }),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
  given: fc.uniqueArray(fc.record({ by: name, digest: fc.constant("d1"), at: fc.constant(AT) }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ by }) => by,
  }),
});

function messageWith(line: string): string {
  return renderCommitMessage("Publish", { ...PUBLICATION, approvedBy: "bob" }).replace(
    "Approved-By: bob\n",
    `Approved-By: bob\n${line}\n`,
  );
}

describe("the trailers of approvals", () => {
  it("are read as they were written, whatever the names", () => {
    fc.assert(
      fc.property(record, (approvals) => {
        const approvedBy = approvals.given[0]?.by ?? "";
        const commit = { ...PUBLICATION, approvedBy, approvals };
        const message = renderCommitMessage("Publish", commit);
        expect(parseCommitMetadata(message)).toEqual(commit);
        expect(message.match(/^Approved-By: /gm)).toHaveLength(approvals.given.length);
      }),
    );
  });

  it("name the one who requested the publication first", () => {
    const given = ["ann", "bob"].map((by) => ({ by, digest: "d1", at: AT }));
    const approvals = { required: [{ required: 2 }], given };
    const message = renderCommitMessage("Publish", { ...PUBLICATION, approvedBy: "bob", approvals });
    expect(message).toContain("\nApproved-By: bob\nApproved-By: ann\nPackage-Approvals: {");
  });

  it.each([
    "Package-Approvals: {",
    "Package-Approvals: null",
    'Package-Approvals: {"given":[{"by":"bob"}],"required":[]}',
    'Package-Approvals: {"given":[],"required":[{"required":"2"}]}',
  ])("count as none unless they are as the operator writes them: %s", (line) => {
    expect(parseCommitMetadata(messageWith(line))).toEqual({ ...PUBLICATION, approvedBy: "bob" });
  });
});
