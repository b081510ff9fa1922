import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CommitMetadata, renderCommitMessage } from "../revision/commit-trailers.ts";
import { proposalDigest } from "../revision/proposal-digest.ts";
import { trailers } from "../testing/trailers.ts";
import type { SignatureState } from "./audit-entry.ts";
import { auditTag, type CommitFacts, type TagFacts } from "./audit-tag.ts";

const FILES = `sha256:${"a".repeat(64)}`;
const COMMIT = "c".repeat(40);
const metadata = { labels: { team: "web" } };
const PROPOSAL: CommitMetadata = {
  path: "edge1/shop",
  workspace: "one",
  lifecycle: "proposed",
  digest: FILES,
  proposalDigest: proposalDigest(FILES, metadata),
  proposedBy: "alice",
  editors: ["alice", "carol"],
  metadata,
};
const PUBLICATION: CommitMetadata = { ...PROPOSAL, lifecycle: "published", revision: "v1", approvedBy: "bob" };

const commit = (record: CommitMetadata, state: SignatureState = "Good"): CommitFacts => ({
  oid: COMMIT,
  author: "alice",
  time: 1_767_225_600,
  message: renderCommitMessage("Propose edge1/shop", record),
  signature: { state },
});

type TagObject = NonNullable<TagFacts["object"]>;

/** A publication as the operator makes it. */
function facts(more: Partial<TagFacts> = {}, object: Partial<TagObject> = {}): TagFacts {
  return {
    package: "edge1/shop",
    revision: "v1",
    tag: "edge1/shop/v1",
    commit: COMMIT,
    object: {
      name: "edge1/shop/v1",
      tagger: "bob",
      time: 1_767_225_601,
      message: renderCommitMessage("Publish edge1/shop v1", PUBLICATION),
      signature: { state: "Good", key: "SHA256:x" },
      ...object,
    },
    isDeleted: false,
    history: [commit(PROPOSAL)],
    isCut: false,
    digest: FILES,
    ...more,
  };
}

const publication = (change: Partial<CommitMetadata>) => ({
  message: renderCommitMessage("Publish", { ...PUBLICATION, ...change }),
});

describe("auditTag", () => {
  it("tells what a record says", () => {
    expect(auditTag(facts())).toMatchObject({
      provenance: "Operator",
      publishedAt: "2026-01-01T00:00:01Z",
      record: { editedBy: ["alice", "carol"], proposedBy: "alice", approvedBy: "bob", digest: FILES },
      steps: [{ author: "alice", at: "2026-01-01T00:00:00Z", lifecycle: "proposed", signature: "Good" }],
      problems: [],
    });
  });

  it.each<[string, TagFacts, string]>([
    ["a signature of another key", facts({}, { signature: { state: "UnknownKey" } }), "its signature is UnknownKey"],
    ["a signature of other bytes", facts({}, { signature: { state: "Bad" } }), "its signature is Bad"],
    ["no signature", facts({}, { signature: { state: "None" } }), "its signature is None"],
    ["another name", facts({}, { name: "edge1/shop/v2" }), 'was signed for the tag "edge1/shop/v2"'],
    ["another package", facts({}, publication({ path: "edge2/shop" })), "the record is of edge2/shop v1"],
    ["another revision", facts({}, publication({ revision: "v2" })), "the record is of edge1/shop v2"],
    ["the record of a proposal", facts({}, { message: commit(PROPOSAL).message }), "without a revision (proposed)"],
  ])("does not believe a tag with %s", (_, tag, problem) => {
    const entry = auditTag(tag);
    expect(entry).not.toHaveProperty("record");
    expect([entry.provenance, entry.problems]).toEqual(["External", [expect.stringContaining(problem)]]);
  });

  it.each<[string, TagFacts, string]>([
    ["other files", facts({ digest: `sha256:${"b".repeat(64)}` }), "the files have the digest sha256:bbb"],
    ["files that cannot be read", facts({ digest: { problem: "object 1 is missing" } }), "object 1 is missing"],
    ["an approval of something else", facts({}, publication({ proposalDigest: FILES })), `the approval is of ${FILES}`],
    ["other metadata", facts({}, publication({ metadata: {} })), "not of the record's files and metadata"],
    ["a commit of others", facts({ history: [commit(PROPOSAL, "None")] }), "is no proposal that the operator signed"],
    ["the commit of a draft", facts({ history: [commit({ ...PROPOSAL, lifecycle: "draft" })] }), "is no proposal"],
    ["another proposer", facts({ history: [commit({ ...PROPOSAL, proposedBy: "eve" })] }), "in another name"],
    ["a part of the history", facts({ isCut: true }), "it is shallow"],
  ])("names what does not fit: %s", (_, tag, problem) => {
    const entry = auditTag(tag);
    expect(entry.provenance).toBe("Operator");
    expect(entry.problems[0]).toContain(problem);
  });

  it("takes the record of a deleted revision from main, if it is signed", () => {
    const message = "Delete edge1/shop v1\n\nThe tag keeps the number.\n";
    const deleted = (state: SignatureState) =>
      auditTag({ ...facts({ isDeleted: true }, { message }), publication: commit(PUBLICATION, state) });
    expect(deleted("Good")).toMatchObject({
      record: { approvedBy: "bob" },
      publishedAt: "2026-01-01T00:00:00Z",
      deleted: { by: "bob", at: "2026-01-01T00:00:01Z" },
      problems: [],
    });
    expect(deleted("None")).toMatchObject({ provenance: "External", problems: [] });
    expect(auditTag(facts({ isDeleted: true }, { message, signature: { state: "None" } })).deleted).not.toHaveProperty(
      "by",
    );
  });

  it("names everybody who approved, where several had to", () => {
    const given = ["bob", "dora"].map((by) => ({ by, digest: FILES, at: "2026-01-01T00:00:00Z" }));
    const approvals = { required: [{ required: 2 }], given };
    const record = { ...PUBLICATION, approvals };
    const shown = auditTag(facts({}, { message: renderCommitMessage("Publish", record) })).record;
    expect(shown?.approvedBy).toBe("bob");
    expect(shown?.approvals?.given.map(({ by }) => by)).toEqual(["bob", "dora"]);
  });

  it("tells who had the draft rebased, and onto what", () => {
    const rebase = { ...PROPOSAL, lifecycle: "draft", rebasedBy: "dave", rebasedOnto: "v1, main c1" } as const;
    const history = [commit(PROPOSAL), commit(rebase), commit({ ...PROPOSAL, lifecycle: "draft" })];
    const { steps, problems } = auditTag(facts({ history }));
    expect(problems).toEqual([]);
    expect(steps.map(({ rebasedBy, rebasedOnto }) => [rebasedBy, rebasedOnto])).toEqual([
      [undefined, undefined],
      ["dave", "v1, main c1"],
      [undefined, undefined],
    ]);
    const [, forged] = auditTag(facts({ history: [commit(PROPOSAL), commit(rebase, "None")] })).steps.toReversed();
    expect(forged).not.toHaveProperty("rebasedBy");
  });

  it("says nothing of a tag of another client", () => {
    const entry = auditTag(facts({}, { message: "Release\n", signature: { state: "None" } }));
    expect([entry.provenance, entry.problems]).toEqual(["External", []]);
    const { object: _, ...lightweight } = facts();
    expect(auditTag(lightweight)).toMatchObject({ provenance: "External", signature: "None", problems: [] });
  });

  it("never shows a name of a record that is not signed, whatever it says", () => {
    fc.assert(
      fc.property(
        trailers,
        fc.constantFrom<SignatureState>("Bad", "None", "UnknownKey", "OpenPGP"),
        (record, state) => {
          const message = renderCommitMessage("Publish", record);
          const history = [commit(record, state)];
          const { record: shown, steps } = auditTag(facts({ history }, { message, signature: { state } }));
          expect(shown).toBeUndefined();
          expect(steps.some((step) => step.lifecycle !== undefined || step.returnedBy !== undefined)).toBe(false);
        },
      ),
    );
  });

  it("stands any time of a commit", () => {
    const time = Number.MAX_SAFE_INTEGER;
    expect(auditTag(facts({ history: [{ ...commit(PROPOSAL), time }] })).steps[0]?.at).toBe("1970-01-01T00:00:00Z");
  });
});
