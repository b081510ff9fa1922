import type { Oid } from "../identity/oid.ts";
import { timestamp } from "../identity/timestamp.ts";
import { type CommitMetadata, parseCommitMetadata } from "../revision/commit-trailers.ts";
import { proposalDigest } from "../revision/proposal-digest.ts";
import { recordedLock } from "../revision/upstream-lock.ts";
import type { AuditEntry, AuditRecord, AuditStep, SignatureFacts } from "./audit-entry.ts";

/** A commit, read from Git. */
export interface CommitFacts {
  readonly oid: Oid;
  readonly author: string;
  /** Seconds since 1970 (UTC). */
  readonly time: number;
  readonly message: string;
  readonly signature: SignatureFacts;
}

/** A tag named `<package>/<revision>` or `<package>/deleted-<revision>`, read from Git. */
export interface TagFacts {
  readonly package: string;
  readonly revision: string;
  /** The name of the ref, without `refs/tags/`. */
  readonly tag: string;
  readonly commit?: Oid;
  /** Absent for a lightweight tag. */
  readonly object?: {
    /** The name in the object, which its signature covers: nothing ties the ref to it. */
    readonly name: string;
    readonly tagger?: string;
    readonly time?: number;
    readonly message: string;
    readonly signature: SignatureFacts;
  };
  readonly isDeleted: boolean;
  /** The commits from the tagged one back to where the draft began. */
  readonly history: readonly CommitFacts[];
  /** The clone has not all of them. */
  readonly isCut: boolean;
  /** `contentDigest` of the package's files, or why it cannot be computed. */
  readonly digest?: string | { readonly problem: string };
  /** Of a deleted revision: the commit of its publication on main. */
  readonly publication?: CommitFacts;
}

/** Of what anybody may have written into a commit, in characters. */
const MAX_TEXT = 256;

/** What a tag tells about a revision, and what of that does not verify. */
export function auditTag(facts: TagFacts): AuditEntry {
  const { object, isDeleted } = facts;
  const { record, problem } = isDeleted ? recordOnMain(facts) : recordInTag(facts);
  const signature = object?.signature ?? { state: "None" };
  const published = isDeleted ? facts.publication?.time : object?.time;
  return {
    package: facts.package,
    revision: facts.revision,
    tag: facts.tag,
    ...(facts.commit !== undefined && { commit: facts.commit }),
    provenance: record === undefined ? "External" : "Operator",
    signature: signature.state,
    ...(signature.key !== undefined && { key: signature.key }),
    ...(published !== undefined && { publishedAt: formatTime(published) }),
    ...(record !== undefined && { record: auditRecord(record) }),
    ...(isDeleted && { deleted: deletionOf(facts) }),
    steps: facts.history.map(stepOf).reverse(),
    problems: [
      ...(problem === undefined ? [] : [problem]),
      ...(record === undefined ? [] : problemsOf(facts, record)),
      ...(isDeleted && record !== undefined && signature.state !== "Good"
        ? [`the tag says that it was deleted, and its signature is ${signature.state}`]
        : []),
    ],
  };
}

/** The record of a revision in its tag; `problem`: it claims one that does not count. */
function recordInTag({ object, ...facts }: TagFacts): { readonly record?: CommitMetadata; readonly problem?: string } {
  const record = object === undefined ? undefined : parseCommitMetadata(object.message);
  if (object === undefined || record === undefined) return {};
  const { state } = object.signature;
  if (state !== "Good") return { problem: `the tag has a record of the operator, and its signature is ${state}` };
  if (object.name !== facts.tag) {
    const name = JSON.stringify(object.name.slice(0, MAX_TEXT));
    return { problem: `the record was signed for the tag ${name}: somebody has pushed it under another name` };
  }
  const problem = mismatch(record, facts);
  return problem === undefined ? { record } : { problem };
}

/** The tag of a deleted revision says nothing about its publication. The commit on main does. */
function recordOnMain({ publication, ...facts }: TagFacts): {
  readonly record?: CommitMetadata;
  readonly problem?: string;
} {
  const record = publication?.signature.state === "Good" ? parseCommitMetadata(publication.message) : undefined;
  if (record === undefined) return {};
  const problem = mismatch(record, facts);
  return problem === undefined ? { record } : { problem };
}

function mismatch(record: CommitMetadata, facts: Pick<TagFacts, "package" | "revision">): string | undefined {
  const { path, revision, lifecycle } = record;
  if (path === facts.package && revision === facts.revision && lifecycle === "published") return undefined;
  return `the record is of ${path} ${revision ?? "without a revision"} (${lifecycle})`;
}

function problemsOf({ history, isCut, digest, commit }: TagFacts, record: CommitMetadata): readonly string[] {
  const problems: string[] = isCut ? ["the clone has not the whole history: it is shallow"] : [];
  if (typeof digest === "object") problems.push(`the files cannot be compared with the record: ${digest.problem}`);
  else if (digest !== undefined && digest !== record.digest) {
    problems.push(`the files have the digest ${digest}, and the record ${record.digest ?? "has none"}`);
  }
  const { digest: recorded, proposalDigest: approved, metadata } = record;
  if (recorded === undefined || proposalDigest(recorded, metadata) !== approved) {
    problems.push(`the approval is of ${approved ?? "nothing"}, and not of the record's files and metadata`);
  }
  if (record.approvedBy === undefined && record.approvedByRule === undefined) {
    problems.push("the record names nobody who approved it, and no rule");
  }
  const [proposed] = history;
  const proposal = proposed?.signature.state === "Good" ? parseCommitMetadata(proposed.message) : undefined;
  if (proposal?.lifecycle !== "proposed" || proposed?.oid !== commit) {
    problems.push("the tagged commit is no proposal that the operator signed");
  } else if (proposal.proposalDigest !== approved || proposal.proposedBy !== record.proposedBy) {
    problems.push("the tagged commit proposes something else than the record says, or in another name");
  }
  return problems;
}

function auditRecord(record: CommitMetadata): AuditRecord {
  const {
    repository,
    proposedBy,
    proposedAt,
    approvedBy,
    approvals,
    approvedByRule,
    digest,
    proposalDigest: approved,
    gates = [],
  } = record;
  const upstream = recordedLock(record.metadata);
  return {
    ...(repository !== undefined && { repository }),
    workspace: record.workspace,
    editedBy: record.editors ?? [],
    ...(record.editorsUnknown === true && { editorsUnknown: true }),
    ...(proposedBy !== undefined && { proposedBy }),
    ...(proposedAt !== undefined && { proposedAt }),
    ...(approvedBy !== undefined && { approvedBy }),
    ...(approvals !== undefined && { approvals }),
    ...(approvedByRule !== undefined && { approvedByRule }),
    ...(digest !== undefined && { digest }),
    ...(approved !== undefined && { proposalDigest: approved }),
    gates,
    ...(upstream !== undefined && { upstream }),
  };
}

function deletionOf({ object }: TagFacts): NonNullable<AuditEntry["deleted"]> {
  const { tagger, time, signature } = object ?? {};
  return {
    ...(signature?.state === "Good" && tagger !== undefined && { by: tagger }),
    ...(signature?.state === "Good" && time !== undefined && { at: formatTime(time) }),
  };
}

function stepOf({ oid, author, time, message, signature }: CommitFacts): AuditStep {
  const record = signature.state === "Good" ? parseCommitMetadata(message) : undefined;
  return {
    commit: oid,
    at: formatTime(time),
    author: author.slice(0, MAX_TEXT),
    subject: (message.split("\n", 1)[0] ?? "").slice(0, MAX_TEXT),
    signature: signature.state,
    ...(record !== undefined && { lifecycle: record.lifecycle }),
    ...(record?.returnedBy !== undefined && { returnedBy: record.returnedBy }),
    ...(record?.returnReason !== undefined && { returnReason: record.returnReason }),
    ...(record?.rebasedBy !== undefined && { rebasedBy: record.rebasedBy }),
    ...(record?.rebasedOnto !== undefined && { rebasedOnto: record.rebasedOnto }),
  };
}

/** RFC 3339; the times of commits are anybody's, also such as no calendar has. */
function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return timestamp(Number.isNaN(date.getTime()) ? new Date(0) : date);
}
