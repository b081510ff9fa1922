import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Person } from "../../../core/identity/person.ts";
import { withLocalFiles } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import { mkdirp } from "../exec/mkdirp.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { AppliedRefs, GitChange, RefStep } from "../push/change.ts";
import { refNameProblem } from "../refs/ref-table.ts";
import { ImportStream, runFastImport } from "./fast-import.ts";

/** A ref that a push moves: from `expect` (null: must not exist) to `to` (null: is deleted). */
export interface RefUpdate {
  readonly ref: string;
  readonly expect: Oid | null;
  readonly to: Oid | null;
}

export interface WrittenChanges {
  /** One per ref that moves. */
  readonly updates: readonly RefUpdate[];
  /** One per change, in order: the refs as that change leaves them. */
  readonly applied: readonly AppliedRefs[];
}

export interface CommitterSignature {
  readonly committer: Person;
  readonly now: Date;
}

/** The value of a ref: a commit or tag of this import, an existing object, or null for a deleted ref. */
type PlannedValue = { readonly mark: number } | Oid | null;

/** Throws `GitError` `InvalidChange` for paths that Git must not hold and refs that are not valid for their step. */
export function checkChange(change: GitChange): void {
  for (const step of change.steps) {
    checkRefName(step.ref, step.kind);
    if (step.kind !== "commit") continue;
    for (const edit of step.commit.edits) {
      const isRoot = edit.path === "" && (edit.kind === "putTree" || edit.kind === "remove");
      if (!isRoot) checkPath(edit.path);
    }
  }
}

/**
 * Writes the commits and tags of changes to the mirror's object database with one `git fast-import`; no ref moves.
 * Commits on the same ref become a chain, in order. Throws `GitError`: `RefConflict` if a tag exists, otherwise as
 * `runFastImport`.
 */
export async function writeObjects(
  mirror: Mirror,
  changes: readonly GitChange[],
  signature: CommitterSignature,
): Promise<WrittenChanges> {
  const stream = new ImportStream(signature.committer, signature.now);
  const tips = new Map<string, PlannedValue>();
  const planned = changes.map((change) => {
    const own = new Map<string, PlannedValue>();
    for (const step of change.steps) own.set(step.ref, addStep(stream, mirror, tips, step));
    return own;
  });
  const oids = await importObjects(mirror, stream);
  const resolve = (value: PlannedValue): Oid | null =>
    value === null || typeof value === "string" ? value : (oids[value.mark - 1] ?? null);
  return {
    updates: [...tips]
      .map(([ref, tip]) => ({ ref, expect: mirror.refs().get(ref)?.oid ?? null, to: resolve(tip) }))
      .filter(({ expect, to }) => expect !== to),
    applied: planned.map((own) => new Map([...own].map(([ref, value]) => [ref, resolve(value)]))),
  };
}

function addStep(stream: ImportStream, mirror: Mirror, tips: Map<string, PlannedValue>, step: RefStep): PlannedValue {
  const current = tips.has(step.ref) ? (tips.get(step.ref) ?? null) : (mirror.refs().get(step.ref)?.oid ?? null);
  const tip = planStep(stream, current, step);
  tips.set(step.ref, tip);
  return tip;
}

function planStep(stream: ImportStream, current: PlannedValue, step: RefStep): PlannedValue {
  switch (step.kind) {
    case "commit":
      return { mark: stream.addCommit(current ?? step.from, step.commit) };
    case "tag":
      if (current !== null) throw new GitError("RefConflict", `${step.ref} exists already`);
      return { mark: stream.addTag(step.ref.slice("refs/tags/".length), step.target, step.tagger, step.message) };
    case "delete":
      return null;
  }
}

async function importObjects({ repository }: Mirror, stream: ImportStream): Promise<Oid[]> {
  repository.reachFailpoint("git fast-import", "before");
  const { scratch } = repository;
  // The previous import left its tags, and a killed one its locks.
  await withLocalFiles(async () => {
    await rm(join(scratch, "refs"), { recursive: true, force: true });
    await mkdirp(join(scratch, "refs"));
  });
  const env = repository.environment({ GIT_DIR: scratch, GIT_OBJECT_DIRECTORY: join(repository.dir, "objects") });
  try {
    const oids = await runFastImport(env, stream, repository.settings.limits.localMs);
    repository.reachFailpoint("git fast-import", "after");
    return oids;
  } catch (error) {
    // An incomplete pack, and git's crash report.
    await repository.removeUnfinished();
    throw error;
  }
}

function checkRefName(ref: string, kind: RefStep["kind"]): void {
  const folder = kind === "tag" ? "refs/tags/" : kind === "commit" ? "refs/heads/" : "refs/";
  if (!ref.startsWith(folder) || refNameProblem(ref) !== undefined) {
    throw new GitError("InvalidChange", `${JSON.stringify(ref)} is not a valid name for a ${kind}`);
  }
}

/** A second barrier: callers have validated the paths of a package before, with messages for the user. */
function checkPath(path: string): void {
  const parts = path.split("/");
  const isHostile = parts.some(
    (part) => part === "" || part === "." || part === ".." || /^(?:\.git|git~\d+)[ .]*$/i.test(part),
  );
  if (isHostile || /[\n\0]/.test(path) || !path.isWellFormed()) {
    throw new GitError("InvalidChange", `${JSON.stringify(path)} cannot be a path in a repository`);
  }
}
