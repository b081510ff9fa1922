import type { Oid } from "../../../core/identity/oid.ts";
import { parseRef } from "../../../core/identity/refs.ts";
import { folderOfRef, isForeignBranch, type RefFacts } from "../../../core/repository/classify-ref.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";
import { isTooLarge } from "../errors.ts";
import { inBatches } from "../in-batches.ts";
import type { Commit, Tag } from "../objects/parse-object.ts";
import type { Ref } from "../refs/ref-table.ts";
import { readDraftRecord } from "./draft-record.ts";
import type { MirrorReader, PackageReader } from "./mirror-reader.ts";
import { readRecord, type TrustedRepositories } from "./record.ts";
import { findTagProblem, type Verification } from "./verify-tag.ts";

/** The end of the year 9999, in seconds since 1970: RFC 3339 has no later times. */
const LAST_TIME = 253_402_300_799;

/** Which signatures count. */
export interface Trust {
  readonly repositories: TrustedRepositories;
  /** Which tags count; absent: all. */
  readonly verification?: Verification;
}

/** Refs whose objects are read at the same time. */
const REFS_AT_ONCE = 500;
/** Branches whose record is read at the same time: each starts a git process. */
const RECORDS_AT_ONCE = 8;

/**
 * What classifying refs needs from Git: their commits, the trees of the folders in their names, trailers, times, who
 * edited the branches; of a tag also why it is not verified, where a verification is asked for. Starts a git process
 * for each branch that has such a folder and a newest commit that the operator did not make for it.
 */
export async function gatherRefFacts(
  mirror: Pick<MirrorReader, "history" | "reader">,
  mainCommit: Oid | undefined,
  refs: readonly Ref[],
  trust: Trust,
): Promise<readonly RefFacts[]> {
  const facts = await inBatches(refs, REFS_AT_ONCE, async (ref) => await readFacts(mirror.reader, ref, trust));
  const [unrecorded, others]: [RefFacts[], RefFacts[]] = [[], []];
  await forEachInTurns(facts, (one) => {
    (isForeignBranch(one) && one.tree !== undefined ? unrecorded : others).push(one);
  });
  const recorded = await inBatches(
    unrecorded,
    RECORDS_AT_ONCE,
    async (one) => await addRecord(mirror, mainCommit, one, trust),
  );
  return [...others, ...recorded];
}

async function readFacts(reader: PackageReader, ref: Ref, trust: Trust): Promise<RefFacts> {
  const folder = folderOfRef(ref.name);
  if (ref.commit === undefined) return { ref: ref.name };
  if (folder === undefined) {
    const isDeleted = parseRef(ref.name).kind === "deletedDraft" && ref.type === "tag";
    const deletion = isDeleted ? await readSignedFacts(reader, ref, ref.commit, trust) : {};
    return { ref: ref.name, ...(isDeleted && { commit: ref.commit, ...deletion }) };
  }
  const [tree, signed] = await Promise.all([
    reader.treeAt(ref.commit, folder),
    readSignedFacts(reader, ref, ref.commit, trust),
  ]);
  const facts = { ref: ref.name, commit: ref.commit, ...(tree !== undefined && { tree }), ...signed };
  if (ref.name.startsWith("refs/heads/") || trust.verification === undefined || tree === undefined) return facts;
  const notVerified = await findTagProblem(
    reader,
    { ...ref, commit: ref.commit },
    trust.repositories,
    trust.verification,
  );
  return { ...facts, ...(notVerified !== undefined && { notVerified }) };
}

async function addRecord(
  mirror: Pick<MirrorReader, "history" | "reader">,
  mainCommit: Oid | undefined,
  facts: RefFacts,
  { repositories }: Trust,
): Promise<RefFacts> {
  const { ref, commit, tree } = facts;
  if (commit === undefined || tree === undefined) return facts;
  const { isBegunHere, recorded } = await readDraftRecord(mirror, mainCommit, ref, commit, repositories);
  const isClaimed = isBegunHere || (await hasKptfile(mirror.reader, tree));
  return { ...facts, ...recorded, isClaimed };
}

/** No package is read from a folder that is too large to be looked at. */
async function hasKptfile(reader: PackageReader, tree: Oid): Promise<boolean> {
  try {
    return (await reader.entries(tree)).some(({ name }) => name === "Kptfile");
  } catch (error) {
    if (isTooLarge(error)) return false;
    throw error;
  }
}

/**
 * Trailers and time of an annotated tag itself, else of the commit. Left out: trailers that the operator did not sign,
 * or not for a trusted Repository, times outside RFC 3339, and messages too large to be the operator's.
 */
async function readSignedFacts(
  reader: PackageReader,
  ref: Ref,
  commit: Oid,
  { repositories }: Trust,
): Promise<Pick<RefFacts, "trailers" | "time" | "editors" | "editorsUnknown">> {
  try {
    const object = ref.type === "tag" ? await reader.tag(ref.oid) : await reader.commit(commit);
    const by = "committer" in object ? object.committer : object.tagger;
    const isTime = by !== undefined && by.time >= 0 && by.time <= LAST_TIME;
    const trailers = isInPlace(object, ref) ? readRecord(object, repositories) : undefined;
    return {
      ...(isTime && { time: by.time }),
      ...(trailers !== undefined && { trailers }),
      ...(ref.type !== "tag" && recordedEditors(trailers)),
    };
  } catch (error) {
    if (isTooLarge(error)) return {};
    throw error;
  }
}

/**
 * A lightweight tag on one of our commits does not carry the approval that a tag message of ours records. A tag object
 * of ours says nothing under another name, where anybody may have pushed it.
 */
function isInPlace(object: Commit | Tag, { name }: Ref): boolean {
  return "committer" in object ? name.startsWith("refs/heads/") : name === `refs/tags/${object.name}`;
}
