import type { Oid } from "../../../core/identity/oid.ts";
import { isTooLarge } from "../errors.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { readRecord, type TrustedRepositories } from "./record.ts";

/** Commits of a draft that are looked at; a branch with more is kept. */
const MAX_COMMITS = 10_000;

/**
 * True if all commits of a branch beyond main are the operator's, made for this Repository. Commits for another
 * Repository, trusted or not, are others'. May start a git process.
 */
export async function hasOnlyOperatorCommits(
  { history, reader }: MirrorReader,
  mainCommit: Oid | undefined,
  head: Oid,
  own: TrustedRepositories,
): Promise<boolean> {
  const beyond = await history.commitsBeyond(head, mainCommit, MAX_COMMITS + 1);
  if (beyond.length > MAX_COMMITS) return false;
  for (const oid of beyond) if (!(await isOwn(reader, oid, own))) return false;
  return true;
}

/** A commit that is too large to be read is not the operator's. */
async function isOwn(reader: MirrorReader["reader"], oid: Oid, own: TrustedRepositories): Promise<boolean> {
  try {
    return readRecord(await reader.commit(oid), own) !== undefined;
  } catch (error) {
    if (isTooLarge(error)) return false;
    throw error;
  }
}
