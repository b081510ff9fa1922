import type { Oid } from "../../../core/identity/oid.ts";
import { deletedDraftRefs } from "../../../core/identity/refs.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { IsLive } from "../../../core/repository/package-index.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";
import { isTooLarge } from "../errors.ts";
import { inBatches } from "../in-batches.ts";
import type { GitChange } from "../push/change.ts";
import { type Ref, refNameProblem } from "../refs/ref-table.ts";
import type { CommitTexts } from "./commit-text.ts";
import type { MirrorReader, PackageReader } from "./mirror-reader.ts";
import { deleteDraftChange } from "./package-changes.ts";
import { signedMetadata } from "./record.ts";
import type { RefIndex } from "./ref-index.ts";

/** The newest tags that a Repository keeps: they count among the refs that a remote may have. */
const MAX_KEPT = 1000;
/** Tags that one push removes. */
const MAX_REMOVED = 100;
const READ_AT_ONCE = 500;

/** A tag that keeps the last commit of a deleted draft. */
interface KeptDraft {
  readonly ref: string;
  readonly oid: Oid;
  /** When the draft was deleted, in seconds since 1970. Absent if the tag is not of this Repository. */
  readonly time?: number;
}

/**
 * The tag that keeps the last commit of a draft which is being deleted. It may exist: the branch was restored from it.
 */
export function tagForDeleted(mirror: MirrorReader, { path, workspace, commit }: DraftBranch): string {
  const refs = mirror.refs();
  const isFree = (ref: string) =>
    refNameProblem(ref) === undefined &&
    (refs.get(ref)?.commit === commit || (!refs.has(ref) && mirror.findConflict(ref) === undefined));
  const names = deletedDraftRefs(path, workspace, commit);
  // The last one has the whole commit in its name: only a client could have put another commit, or a folder, there.
  return names.find(isFree) ?? names.at(-1) ?? "";
}

/** The tag that records the deletion of a draft without a branch: by the object's uid, since it has no commit. */
export function tagForUnbegun(path: string, workspace: string, uid: string): string {
  const digits = uid
    .replaceAll(/[^0-9a-f]/g, "")
    .padEnd(40, "0")
    .slice(0, 40);
  const names = deletedDraftRefs(path, workspace, digits);
  return names.find((ref) => refNameProblem(ref) === undefined) ?? "";
}

/** Finds the tags of deleted drafts that are kept no longer. Remembers the times of those that it has read. */
export class DeletedDrafts {
  #known: ReadonlyMap<string, KeptDraft> = new Map();
  readonly #maxKept: number;

  constructor(maxKept = MAX_KEPT) {
    this.#maxKept = maxKept;
  }

  /**
   * Tags of this Repository from before a time, and those beyond the number that is kept; the oldest first, as many as
   * one push removes. Reads the tags that it does not know.
   */
  async expired(index: RefIndex, before: Date): Promise<readonly KeptDraft[]> {
    const { mirror, packages, repository } = index;
    const present: Ref[] = [];
    await forEachInTurns(packages.deletedDrafts(), (name) => {
      const ref = mirror.refs().get(name);
      if (ref !== undefined) present.push(ref);
    });
    const all = await inBatches(present, READ_AT_ONCE, async (ref) => {
      const known = this.#known.get(ref.name);
      return known?.oid === ref.oid ? known : await readKept(mirror.reader, repository, ref);
    });
    this.#known = new Map(all.map((one) => [one.ref, one]));
    const own = all.filter((one) => one.time !== undefined).sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
    const beyond = own.length - this.#maxKept;
    return own.filter(({ time = 0 }, at) => at < beyond || time * 1000 < before.getTime()).slice(0, MAX_REMOVED);
  }
}

/** Refs that are to be removed from the remote. */
export interface Leftovers {
  /** Tags that are kept no longer. */
  readonly expired: readonly KeptDraft[];
  /** Branches of drafts that are deleted or published, see `PackageIndex.isLate`; a tag keeps each. */
  readonly late: readonly DraftBranch[];
}

/** The late branches (`PackageIndex.isLate`), at most as many as one push removes. */
export async function findLate({ packages }: RefIndex, isLive: IsLive): Promise<readonly DraftBranch[]> {
  const late: DraftBranch[] = [];
  await forEachInTurns(packages.revisions(), (one) => {
    if (one.kind === "draft" && late.length < MAX_REMOVED && packages.isLate(one, isLive)) late.push(one);
  });
  return late;
}

/** The change that removes those refs that are still there, and still left over. Undefined: none is. */
export function removeLeftovers(
  { mirror, packages, repository, layout }: RefIndex,
  { expired, late }: Leftovers,
  texts: CommitTexts,
  isLive: IsLive,
): GitChange | undefined {
  const refs = mirror.refs();
  const tags = expired.filter(({ ref, oid }) => refs.get(ref)?.oid === oid);
  const branches = late.filter((one) => refs.get(one.ref)?.commit === one.commit && packages.isLate(one, isLive));
  const changes = branches.map((draft) => {
    const keptAs = tagForDeleted(mirror, draft);
    const kept = { uid: draft.trailers?.uid, ...(!refs.has(keptAs) && { keptAs }) };
    return deleteDraftChange({ repository, layout, path: draft.path }, draft, texts, kept);
  });
  const steps = [...changes.flatMap((one) => one.steps), ...tags.map(({ ref }) => ({ kind: "delete", ref }) as const)];
  return steps.length === 0 ? undefined : { steps, claims: changes.flatMap(({ claims }) => claims) };
}

/** Anybody may push such a tag: only those that the operator signed for this Repository are its own. */
async function readKept(reader: PackageReader, repository: string, { name, oid, type }: Ref): Promise<KeptDraft> {
  if (type !== "tag") return { ref: name, oid };
  try {
    const tag = await reader.tag(oid);
    const isOwn = name === `refs/tags/${tag.name}` && signedMetadata(tag)?.repository === repository;
    return { ref: name, oid, ...(isOwn && tag.tagger !== undefined && { time: tag.tagger.time }) };
  } catch (error) {
    if (isTooLarge(error)) return { ref: name, oid };
    throw error;
  }
}
