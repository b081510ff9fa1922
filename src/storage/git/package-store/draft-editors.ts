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

/**
 * Who edited the draft of a branch, as the newest commits of the operator in its history say: commits that others pushed
 * on top of them wash nothing away. Costs one read a commit of others, at most 500.
 */
export async function readEditors(reader: PackageReader, ref: string, head: Oid): Promise<readonly string[]> {
  const editors = new Set<string>();
  const seen = new Set<Oid>([head]);
  for (let level: readonly Oid[] = [head]; level.length > 0 && seen.size <= MAX_COMMITS; ) {
    const commits = await Promise.all(level.map((commit) => readCommit(reader, commit)));
    const next: Oid[] = [];
    for (const commit of commits) {
      const metadata = commit.isSigned ? parseCommitMetadata(commit.message) : undefined;
      if (metadata !== undefined && ref === draftRef(metadata.path, metadata.workspace)) {
        for (const editor of metadata.editors ?? []) editors.add(editor);
      } else next.push(...commit.parents.filter((parent) => !seen.has(parent)));
    }
    for (const parent of next) seen.add(parent);
    level = [...new Set(next)];
  }
  return [...editors];
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
