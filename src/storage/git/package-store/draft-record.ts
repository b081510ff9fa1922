import type { Oid } from "../../../core/identity/oid.ts";
import { draftRef } from "../../../core/identity/refs.ts";
import { type ClaimedEditors, mergeClaims, readClaim } from "../../../core/revision/claimed-editors.ts";
import type { CommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import type { RecordedMetadata } from "../../../core/revision/recorded-metadata.ts";
import { GitError, isTooLarge } from "../errors.ts";
import { inBatches } from "../in-batches.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { isTrusted, signedMetadata, type TrustedRepositories } from "./record.ts";

/** Commits beyond main in which the operator's are searched; a history with more is not known completely. */
export const MAX_COMMITS = 500;
/** The newest commits of a branch that main has, in which the operator's are searched. */
export const MAX_ABSORBED = 16;
/** Commits in memory at the same time: others' may have 4 MiB. */
const BATCH = 16;

/** What a commit says of itself. */
interface CommitRecord {
  /** Absent of a commit that is too large to be read. */
  readonly parents?: readonly Oid[];
  readonly signed?: CommitMetadata;
  /** Of one without a signature of a known key. */
  readonly claim?: ClaimedEditors;
}

/** What the operator's commits in a branch's history say about it. */
export interface DraftRecord {
  /** The operator made a commit on this branch: it stays a draft, whatever others pushed on top of that. */
  readonly isBegunHere: boolean;
  /** Who edited the draft, also while its commits were on another branch; those of the newest commit last. */
  readonly recorded: Pick<CommitMetadata, "editors" | "editorsUnknown"> & {
    /** What the operator recorded last on this branch for a trusted Repository: to recreate the object. */
    readonly metadata?: RecordedMetadata;
  } & Pick<ClaimedEditors, "claimed">;
}

/**
 * Reads the record of a branch from all commits beyond main that the operator signed: neither commits that others
 * pushed on top of them, nor another name of the branch, nor a merge of the branch into main wash it away. Starts a git
 * process, or two for a branch that main has; one read for each commit, at most 500.
 */
export async function readDraftRecord(
  { history, reader }: Pick<MirrorReader, "history" | "reader">,
  mainCommit: Oid | undefined,
  ref: string,
  head: Oid,
  trusted: TrustedRepositories,
): Promise<DraftRecord> {
  const listed = await listBeyond(history, mainCommit, head);
  const isAbsorbed = listed?.length === 0;
  const beyond = isAbsorbed ? await listAbsorbed({ history, reader }, ref, head) : listed;
  const commits = beyond?.slice(0, MAX_COMMITS) ?? [head];
  const read = await inBatches(commits, BATCH, (oid) => readCommitRecord(reader, oid));
  // Also publications, and commits of other Repositories: nobody else may have reviewed those there.
  const record = read.flatMap(({ signed }) => signed ?? []).reverse();
  const drafts = record.filter(({ lifecycle }) => lifecycle === "draft" || lifecycle === "proposed");
  const own = drafts.filter((one) => isOfDraft(one, ref));
  const metadata = own.findLast((one) => isTrusted(one, trusted))?.metadata;
  const isComplete = beyond !== undefined && beyond.length <= MAX_COMMITS;
  const { claimed, editorsUnknown } = mergeClaims(read.flatMap(({ claim }) => claim ?? []));
  return {
    isBegunHere: own.length > 0,
    recorded: {
      ...recordedEditors({
        editors: record.flatMap(({ editors = [] }) => editors),
        editorsUnknown: !isComplete || [...record, { editorsUnknown }].some((one) => one.editorsUnknown === true),
      }),
      ...(claimed !== undefined && { claimed }),
      ...(metadata !== undefined && { metadata }),
    },
  };
}

/**
 * The commits of a draft that others have merged into main as it is: from where it was begun, as the operator's newest
 * commit on it says. None if the operator made none of the newest commits on it.
 */
async function listAbsorbed(
  { history, reader }: Pick<MirrorReader, "history" | "reader">,
  ref: string,
  head: Oid,
): Promise<readonly Oid[] | undefined> {
  const own = await findOwnCommit(reader, ref, head);
  if (own === undefined) return [];
  const { commit } = own.metadata.base ?? {};
  const isKnown = commit !== undefined && (await reader.info(commit)) !== undefined;
  return await listBeyond(history, isKnown ? commit : undefined, head);
}

/**
 * The operator's commit on this branch that is the nearest to its newest one. Reads at most 16 commits, and starts no
 * process: git would read a whole history to list its newest commits in order.
 */
async function findOwnCommit(
  reader: MirrorReader["reader"],
  ref: string,
  head: Oid,
): Promise<CommitMetadata | undefined> {
  const seen = new Set<Oid>();
  for (let level = [head]; level.length > 0; ) {
    const read = await inBatches(level, BATCH, (oid) => readCommitRecord(reader, oid));
    const own = read.find(({ signed }) => signed !== undefined && isOfDraft(signed, ref));
    if (own !== undefined) return own.signed;
    for (const oid of level) seen.add(oid);
    const parents = new Set(read.flatMap((one) => one.parents ?? [])).difference(seen);
    level = [...parents].slice(0, MAX_ABSORBED - seen.size);
  }
  return undefined;
}

function isOfDraft({ lifecycle, path, workspace }: CommitMetadata, ref: string): boolean {
  return (lifecycle === "draft" || lifecycle === "proposed") && draftRef(path, workspace) === ref;
}

/** Undefined if git takes too long: whoever may push decides how long a history is. */
export async function listBeyond(
  history: MirrorReader["history"],
  mainCommit: Oid | undefined,
  head: Oid,
): Promise<readonly Oid[] | undefined> {
  try {
    return await history.commitsBeyond(head, mainCommit, MAX_COMMITS + 1);
  } catch (error) {
    if (error instanceof GitError && error.reason === "Timeout") return undefined;
    throw error;
  }
}

/** Commits of others that are too large for a record have none. */
async function readCommitRecord(reader: MirrorReader["reader"], oid: Oid): Promise<CommitRecord> {
  try {
    const commit = await reader.commit(oid);
    const signed = signedMetadata(commit);
    const { parents } = commit;
    if (signed !== undefined) return { parents, signed };
    return commit.isSigned ? { parents } : { parents, claim: readClaim(commit.message) };
  } catch (error) {
    if (isTooLarge(error)) return {};
    throw error;
  }
}
