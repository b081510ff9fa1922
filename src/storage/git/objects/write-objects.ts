import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type ObjectFormat, type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import { withLocalFiles } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import { mkdirp } from "../exec/mkdirp.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { type AppliedRefs, type GitChange, messageOf, type RefStep } from "../push/change.ts";
import { refNameProblem } from "../refs/ref-table.ts";
import { type ImportStream, runFastImport } from "./fast-import.ts";
import { looseObject, writeLooseObject } from "./loose-object.ts";
import { ObjectPlan, type PlannedObject, type PlannedValue, resolveValue } from "./object-plan.ts";
import { type CommitterSignature, commitText, tagText } from "./object-text.ts";

/** Objects that are written at the same time; signing those of one turn takes a few milliseconds. */
const MAX_CONCURRENT_WRITES = 16;

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
 * Writes the signed commits and tags of changes to the mirror's object database; no ref moves. One `git fast-import`
 * makes the trees; it cannot write signatures, so that commits and tags are written here. Commits on the same ref
 * become a chain, in order. Throws `GitError`: `RefConflict` if a tag exists, `DiskFull`, otherwise as `runFastImport`.
 */
export async function writeObjects(
  mirror: Mirror,
  changes: readonly GitChange[],
  signature: CommitterSignature,
): Promise<WrittenChanges> {
  const plan = new ObjectPlan(mirror, signature);
  const planned = changes.map((change) => {
    const own = new Map<string, PlannedValue>();
    for (const step of change.steps) own.set(step.ref, plan.add(step));
    return own;
  });
  const trees = await importTrees(mirror, plan.stream);
  const oids = await writeSigned(mirror, plan.objects, trees, signature);
  const resolve = (value: PlannedValue): Oid | null => resolveValue(value, oids);
  return {
    updates: [...plan.tips]
      .map(([ref, tip]) => ({ ref, expect: mirror.refs().get(ref)?.oid ?? null, to: resolve(tip) }))
      .filter(({ expect, to }) => expect !== to),
    applied: planned.map((own) => new Map([...own].map(([ref, value]) => [ref, resolve(value)]))),
  };
}

async function importTrees({ repository }: Mirror, stream: ImportStream): Promise<Oid[]> {
  if (stream.marks === 0) return [];
  repository.reachFailpoint("git fast-import", "before");
  const { scratch } = repository;
  // The previous import left its refs, and a killed one its locks.
  await withLocalFiles(async () => {
    await rm(join(scratch, "refs"), { recursive: true, force: true });
    await mkdirp(join(scratch, "refs"));
  });
  const env = repository.environment({ GIT_DIR: scratch, GIT_OBJECT_DIRECTORY: join(repository.dir, "objects") });
  try {
    const trees = await runFastImport(env, stream, repository.settings.limits.localMs);
    repository.reachFailpoint("git fast-import", "after");
    return trees;
  } catch (error) {
    // An incomplete pack, and git's crash report.
    await repository.removeUnfinished();
    throw error;
  }
}

/** Returns the ids of the objects, in order. */
async function writeSigned(
  mirror: Mirror,
  objects: readonly PlannedObject[],
  trees: readonly Oid[],
  { committer, now }: CommitterSignature,
): Promise<readonly Oid[]> {
  const { repository } = mirror;
  if (objects.length === 0) return [];
  for (const object of objects) if (object.kind === "tag") await checkTarget(mirror, object.step.target);
  repository.reachFailpoint("write signed objects", "before");
  const oids: Oid[] = [];
  const sign = (type: "commit" | "tag", text: Buffer, format: ObjectFormat) =>
    looseObject(type, repository.settings.signing.sign(type, text, format), format);
  const build = (object: PlannedObject) => {
    if (object.kind === "tag") {
      const { ref, target, tagger, message } = object.step;
      const name = ref.slice("refs/tags/".length);
      return sign("tag", tagText({ name, target, tagger, now, message }), objectFormatOf(target));
    }
    const tree = trees[object.mark - 1] ?? "";
    const parent = resolveValue(object.parent ?? null, oids) ?? undefined;
    const own = { committer, ...object.commit };
    const { author } = own;
    const message = messageOf(own, parent);
    return sign(
      "commit",
      commitText({ tree, parent, author, committer: own.committer, now, message }),
      objectFormatOf(tree),
    );
  };
  try {
    await withLocalFiles(async () => {
      for (let at = 0; at < objects.length; at += MAX_CONCURRENT_WRITES) {
        const built = objects.slice(at, at + MAX_CONCURRENT_WRITES).map((object) => {
          const loose = build(object);
          // The parent of a later one.
          oids.push(loose.oid);
          return loose;
        });
        await settleAll(built.map((loose) => writeLooseObject(join(repository.dir, "objects"), loose)));
      }
    });
  } catch (error) {
    await repository.removeUnfinished();
    throw error;
  }
  repository.reachFailpoint("write signed objects", "after");
  return oids;
}

/** Waits for all, so that nothing is written any more when this throws the first error. */
async function settleAll(writes: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(writes)).find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function checkTarget({ reader }: Mirror, target: Oid): Promise<void> {
  if ((await reader.info(target))?.type === "commit") return;
  throw new GitError("InvalidChange", `${target}, which is to be tagged, is not a commit of the repository`);
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
