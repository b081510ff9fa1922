import { pageOwner } from "../../src/core/identity/names.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { conditionOf, keyOf } from "./situation.ts";

/** Reasons of work in progress, which name no cause: acceptable for a moment only. */
const IN_PROGRESS: ReadonlySet<string> = new Set([
  "Publishing",
  "BranchMoved",
  "ReconcileFailed",
  "Reconciling",
  "Unknown",
]);

/** True if it is not Ready and its condition names the cause. */
function isExplained(object: Parameters<typeof conditionOf>[0]): boolean {
  const ready = conditionOf(object, "Ready");
  if (ready === undefined || ready.status === "True") return false;
  return !IN_PROGRESS.has(ready.reason) && ready.message !== "" && /^[A-Z][A-Za-z]+$/.test(ready.reason);
}

/** 9: every object was reconciled, is Ready or its condition names the cause, and the files of drafts were checked. */
export function checkConvergence({
  repositories,
  variants,
  sets,
  revisions,
  contents,
}: ClusterView): readonly Violation[] {
  const found = (subject: string, message: string) => ({ invariant: 9 as const, subject, message });
  const unsettled = [...repositories, ...sets, ...variants, ...revisions].flatMap((object) => {
    const key = `${object.kind} ${keyOf(object)}`;
    const { generation = 0, deletionTimestamp } = object.metadata;
    const observed = object.status?.observedGeneration;
    if (deletionTimestamp !== undefined) return found(key, `is Terminating since ${deletionTimestamp}`);
    if (observed !== generation)
      return found(key, `generation ${generation} was not reconciled: status has ${observed}`);
    const ready = conditionOf(object, "Ready");
    if (ready === undefined) return found(key, "has no Ready condition");
    if (ready.status === "True") {
      const files = conditionOf(object, "FilesValid");
      return files?.status === "Unknown" ? found(key, `FilesValid stays Unknown: ${files.reason}`) : [];
    }
    return !isExplained(object)
      ? found(key, `is not Ready, and names no cause: ${ready.reason}: ${ready.message}`)
      : [];
  });
  // Edits wait for the same cause as their package revision.
  const waiting = new Set(revisions.filter(isExplained).map(keyOf));
  const unread = contents.flatMap((page) => {
    if (waiting.has(`${page.metadata.namespace}/${pageOwner(page.metadata.name)}`)) return [];
    const { observedGeneration, error, frozen } = page.status ?? {};
    const { generation = 1 } = page.metadata;
    const known = generation <= (observedGeneration ?? 1) || error !== undefined || frozen !== false;
    return known ? [] : found(`contents ${keyOf(page)}`, `generation ${generation} was not reconciled`);
  });
  return [...unsettled, ...unread];
}
