import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Person } from "../../../core/identity/person.ts";
import { GitError, withLocalFiles } from "../errors.ts";
import { mkdirp } from "../exec/mkdirp.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { AppliedRefs, GitChange, RefStep } from "../push/change.ts";
import { refNameProblem } from "../refs/ref-table.ts";
import { ImportStream, runFastImport } from "./fast-import.ts";

/** A ref that a push moves: from `expect` (null: it must not exist) to `to` (null: gone). */
export interface RefUpdate {
  readonly ref: string;
  readonly expect: Oid | null;
  readonly to: Oid | null;
}

export interface WrittenChanges {
  /** One per ref, over all changes. */
  readonly updates: readonly RefUpdate[];
  /** One per change: the values that this change gave its refs. */
  readonly applied: readonly AppliedRefs[];
}

/** Who commits, and when. */
export interface CommitterSignature {
  readonly committer: Person;
  readonly now: Date;
}

type Planned = { readonly mark: number } | Oid | null;

/**
 * Refuses a change that cannot be written, whatever the remote holds: hostile paths and names that are no branch or tag.
 * Throws `GitError` `InvalidChange`.
 */
export function checkChange(change: GitChange): void {
  for (const step of change.steps) {
    checkRefName(step.ref, step.kind);
    if (step.kind !== "commit") continue;
    for (const { path } of step.commit.edits) checkPath(path);
  }
}

/**
 * Writes the commits and tags of changes into the mirror's objects, with one `git fast-import`. No ref moves. Commits on
 * the same ref form a chain, in order. Throws `GitError`.
 */
export async function writeObjects(
  mirror: Mirror,
  changes: readonly GitChange[],
  signature: CommitterSignature,
): Promise<WrittenChanges> {
  const stream = new ImportStream(signature.committer, signature.now);
  const tips = new Map<string, Planned>();
  const planned = changes.map((change) => {
    const own = new Map<string, Planned>();
    for (const step of change.steps) own.set(step.ref, addStep(stream, mirror, tips, step));
    return own;
  });
  const oids = await importObjects(mirror, stream);
  const resolve = (value: Planned): Oid | null =>
    value === null || typeof value === "string" ? value : (oids[value.mark - 1] ?? null);
  return {
    updates: [...tips]
      .map(([ref, tip]) => ({ ref, expect: mirror.refs().get(ref)?.oid ?? null, to: resolve(tip) }))
      .filter(({ expect, to }) => expect !== to),
    applied: planned.map((own) => new Map([...own].map(([ref, value]) => [ref, resolve(value)]))),
  };
}

function addStep(stream: ImportStream, mirror: Mirror, tips: Map<string, Planned>, step: RefStep): Planned {
  const current = tips.has(step.ref) ? (tips.get(step.ref) ?? null) : (mirror.refs().get(step.ref)?.oid ?? null);
  const tip = planStep(stream, current, step);
  tips.set(step.ref, tip);
  return tip;
}

function planStep(stream: ImportStream, current: Planned, step: RefStep): Planned {
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
  // Tags of the run before, and the locks of one that was ended.
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
    // Half a pack, and git's report of how it came to that.
    await repository.removeUnfinished();
    throw error;
  }
}

function checkRefName(ref: string, kind: RefStep["kind"]): void {
  const folder = kind === "tag" ? "refs/tags/" : kind === "commit" ? "refs/heads/" : "refs/";
  if (!ref.startsWith(folder) || refNameProblem(ref) !== undefined) {
    throw new GitError("InvalidChange", `${JSON.stringify(ref)} is not a name for a ${kind}`);
  }
}

/** The last line of defence; which file names a package may hold is decided, and explained, before. */
function checkPath(path: string): void {
  const parts = path.split("/");
  const hostile = parts.some(
    (part) => part === "" || part === "." || part === ".." || /^(?:\.git|git~\d+)[ .]*$/i.test(part),
  );
  if (hostile || /[\n\0]/.test(path) || !path.isWellFormed()) {
    throw new GitError("InvalidChange", `${JSON.stringify(path)} cannot be a path in a repository`);
  }
}
