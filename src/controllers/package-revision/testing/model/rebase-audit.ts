import type { DraftBase } from "../../../../api/v1alpha1/package-revision-status.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { revisionRef, tombstoneRef } from "../../../../core/identity/refs.ts";
import { parseCommitMetadata } from "../../../../core/revision/commit-trailers.ts";
import type { Evidence } from "./evidence.ts";
import { MAIN } from "./mirror.ts";
import type { Push } from "./remote.ts";
import type { Files } from "./trees.ts";

/**
 * Law: a rebased draft has of each file that it had not changed what its new base has, and what it had of each that is
 * the same in both bases. Files that are added or removed may have been moved: then it is not known which is which.
 */
export function auditRebases(evidence: Evidence, { change, before, after }: Push): void {
  const { remote } = evidence;
  for (const { kind, ref } of change.steps) {
    const now = after.get(ref)?.commit;
    const record = now === undefined ? undefined : parseCommitMetadata(remote.commits.get(now)?.message ?? "");
    if (kind !== "commit" || ref === MAIN || now === undefined || record?.rebasedOnto === undefined) continue;
    const name = evidence.objectOf(record.path, remote.commits.get(now)?.message ?? "");
    const own = (commit: Oid | undefined) => evidence.ownFiles(record.path, commit);
    const at = (base: DraftBase | undefined) => own(commitOf(record.path, base, before));
    const [old, next] = [at(name?.status?.base), at(record.metadata.base)];
    const [was, is] = [own(before.get(ref)?.commit), own(now)];
    if (!hasSamePaths(old, next) || !hasSamePaths(old, was)) continue;
    for (const path of old.keys()) {
      const expected = was.get(path) === old.get(path) ? next.get(path) : was.get(path);
      const isDecided = was.get(path) === old.get(path) || next.get(path) === old.get(path);
      if (isDecided && is.get(path) !== expected) {
        throw new Error(`${ref}: the rebase onto ${record.rebasedOnto} has other contents of ${path}`);
      }
    }
  }
}

function commitOf(path: string, { mainCommit, revision }: DraftBase = {}, refs: Push["before"]): Oid | undefined {
  if (mainCommit !== undefined || revision === undefined) return mainCommit;
  return (refs.get(revisionRef(path, revision)) ?? refs.get(tombstoneRef(path, revision)))?.commit;
}

function hasSamePaths(a: Files, b: Files): boolean {
  return a.size === b.size && [...a.keys()].every((path) => b.has(path));
}
