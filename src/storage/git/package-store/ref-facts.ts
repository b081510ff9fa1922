import type { Oid } from "../../../core/identity/oid.ts";
import { draftRef } from "../../../core/identity/refs.ts";
import { folderOfRef, isForeignBranch, type RefFacts } from "../../../core/repository/classify-ref.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { GitError } from "../errors.ts";
import type { Commit, Signature, Tag } from "../objects/parse-object.ts";
import type { Ref } from "../refs/ref-table.ts";
import type { PackageReader } from "./mirror-reader.ts";

/** The end of the year 9999, in seconds since 1970: RFC 3339 has no later times. */
const LAST_TIME = 253_402_300_799;

/** Commits of others on top of the operator's that are looked through, along the first parents. */
const MAX_FOREIGN_COMMITS = 100;

/** What classifying a ref needs from Git: its commit, the tree of the folder in its name, its trailers and time. */
export async function gatherRefFacts(reader: PackageReader, ref: Ref): Promise<RefFacts> {
  const folder = folderOfRef(ref.name);
  if (ref.commit === undefined || folder === undefined) return { ref: ref.name };
  const [tree, signed] = await Promise.all([
    reader.treeAt(ref.commit, folder),
    readSignedFacts(reader, ref, ref.commit),
  ]);
  const facts = { ref: ref.name, commit: ref.commit, ...(tree !== undefined && { tree }), ...signed };
  if (tree === undefined || !isForeignBranch(facts)) return facts;
  return {
    ...facts,
    isClaimed: (await hasKptfile(reader, tree)) || (await wasBegunHere(reader, ref.name, ref.commit)),
  };
}

async function hasKptfile(reader: PackageReader, tree: Oid): Promise<boolean> {
  return (await reader.entries(tree)).some(({ name }) => name === "Kptfile");
}

/** Commits of others on top of a draft's branch leave it a draft. A commit that is too large is none of ours. */
async function wasBegunHere(reader: PackageReader, ref: string, head: Oid): Promise<boolean> {
  try {
    return await hasDraftCommit(reader, ref, head);
  } catch (error) {
    if (error instanceof GitError && error.reason === "ObjectTooLarge") return false;
    throw error;
  }
}

async function hasDraftCommit(reader: PackageReader, ref: string, head: Oid): Promise<boolean> {
  let commit: Oid | undefined = head;
  for (let left = MAX_FOREIGN_COMMITS; commit !== undefined && left > 0; left--) {
    const { message, parents }: Commit = await reader.commit(commit);
    const trailers = parseCommitMetadata(message);
    const isDraft = trailers?.lifecycle === "draft" || trailers?.lifecycle === "proposed";
    if (isDraft && ref === draftRef(trailers.path, trailers.workspace)) return true;
    [commit] = parents;
  }
  return false;
}

/**
 * Trailers and time of an annotated tag itself, else of the commit. Left out: times outside RFC 3339, and messages too
 * large to be the operator's.
 */
async function readSignedFacts(
  reader: PackageReader,
  ref: Ref,
  commit: Oid,
): Promise<Pick<RefFacts, "trailers" | "time">> {
  try {
    const isTag = ref.type === "tag";
    const { message, by } = signed(isTag ? await reader.tag(ref.oid) : await reader.commit(commit));
    // A lightweight tag on one of our commits does not carry the approval that a tag message of ours records.
    const trailers = isTag || ref.name.startsWith("refs/heads/") ? parseCommitMetadata(message) : undefined;
    const isTime = by !== undefined && by.time >= 0 && by.time <= LAST_TIME;
    return { ...(trailers !== undefined && { trailers }), ...(isTime && { time: by.time }) };
  } catch (error) {
    if (error instanceof GitError && error.reason === "ObjectTooLarge") return {};
    throw error;
  }
}

function signed(object: Commit | Tag): { readonly message: string; readonly by: Signature | undefined } {
  return { message: object.message, by: "committer" in object ? object.committer : object.tagger };
}
