import type { Oid } from "../../../core/identity/oid.ts";
import { draftRef } from "../../../core/identity/refs.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { GitError } from "../errors.ts";
import type { Commit } from "../objects/parse-object.ts";
import type { PackageReader } from "./mirror-reader.ts";

/** How many commits of others are searched for ours below them. */
const MAX_COMMITS = 500;
/** Of a commit that is too large to be read: as many as git merges at once. */
const MAX_PARENTS = 16;

/** What the operator's newest commits in a branch's history say about it. */
export interface DraftRecord {
  /** The operator made a commit on this branch: it stays a draft, whatever others pushed on top of that. */
  readonly isBegunHere: boolean;
  /** Who edited the draft. */
  readonly editors: readonly string[];
}

/**
 * Searches a branch's history for the newest commits of the operator on it: commits that others pushed on top of them
 * wash nothing away. Costs one read for each of others' commits, at most 500.
 */
export async function readDraftRecord(reader: PackageReader, ref: string, head: Oid): Promise<DraftRecord> {
  const editors = new Set<string>();
  let isBegunHere = false;
  const seen = new Set<Oid>([head]);
  for (let level: readonly Oid[] = [head]; level.length > 0 && seen.size <= MAX_COMMITS; ) {
    const commits = await Promise.all(level.map((commit) => readCommit(reader, commit)));
    const next: Oid[] = [];
    for (const commit of commits) {
      const metadata = commit.isSigned ? parseCommitMetadata(commit.message) : undefined;
      const isDraft = metadata?.lifecycle === "draft" || metadata?.lifecycle === "proposed";
      if (isDraft && ref === draftRef(metadata.path, metadata.workspace)) {
        isBegunHere = true;
        for (const editor of metadata.editors ?? []) editors.add(editor);
      } else next.push(...commit.parents.filter((parent) => !seen.has(parent)));
    }
    for (const parent of next) seen.add(parent);
    level = [...new Set(next)];
  }
  return { isBegunHere, editors: [...editors] };
}

/** A commit that is too large to be ours has nothing but its parents. */
async function readCommit(
  reader: PackageReader,
  commit: Oid,
): Promise<Pick<Commit, "parents" | "message" | "isSigned">> {
  try {
    return await reader.commit(commit);
  } catch (error) {
    if (!(error instanceof GitError && error.reason === "ObjectTooLarge")) throw error;
    const numbers = Array.from({ length: MAX_PARENTS }, (_, index) => index + 1);
    const parents = await Promise.all(numbers.map((number) => reader.info(`${commit}^${number}`)));
    return { parents: parents.flatMap((parent) => parent?.oid ?? []), message: "", isSigned: false };
  }
}
