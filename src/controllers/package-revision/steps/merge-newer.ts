import { keyOf } from "../../../api/meta.ts";
import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import { formatCount } from "../../../core/conditions/count.ts";
import { placeProblems } from "../../../core/files/merge.ts";
import { type PackageFile, shownBytes } from "../../../core/files/package-file.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import { CONFLICTS_PATH, MAX_VALUE } from "../../../core/merge/conflict-file.ts";
import { DEFAULT_MERGE_LIMITS } from "../../../core/merge/merge-packages.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { nestedFolders, type RevisionView, type Source } from "../../../core/revision/observation.ts";
import { describeBase, type RebasePlan, rebasedLock } from "../../../core/revision/rebase.ts";
import { type NamedLock, recordedLock } from "../../../core/revision/upstream-lock.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { RevisionScope } from "../scope.ts";
import { fileSizeProblem } from "./file-size-problem.ts";
import { mergedFiles, withoutConflicts } from "./merged-files.ts";

type Target = Exclude<RebasePlan, { readonly kind: "end" }>;

/** A draft's files with what has changed since its base. */
export type NewerMerge =
  | {
      readonly kind: "merged";
      readonly before: readonly PackageFile[];
      readonly files: readonly PackageFile[];
      /** `v1 → v2, 1 conflict`. */
      readonly summary: string;
      readonly lock: NamedLock | undefined;
    }
  | { readonly kind: "refused"; readonly message: string }
  /** Main has moved since the plan. */
  | { readonly kind: "moved" };

/**
 * Merges what a draft is rebased onto into its files. What both have changed stays as the draft has it, and is listed
 * in a file of it. Throws the store's errors, and `StalledError` for a merge that a worker process did not complete.
 */
export async function mergeNewer(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  base: DraftBase,
  target: Target,
): Promise<NewerMerge> {
  const { object, store, dependencies } = scope;
  const read = async (source: Source | undefined) =>
    source === undefined ? [] : await store.readForClone(view.path, source, scope.admit);
  const newer = target.kind === "latest" ? target.latest : await findMain(scope);
  if ("message" in newer) return { kind: "refused", message: newer.message };
  if (target.kind === "main" && newer.commit !== target.base.mainCommit) return { kind: "moved" };
  const from = describeBase(base);
  const found = await store.findBase(view, base);
  if (found === undefined) {
    const message = `${from}, which this draft is based on, is not in Git any more: create a new draft`;
    return { kind: "refused", message };
  }
  const { commit, tree, workspace } = draft;
  const before = await read(tree === undefined ? undefined : { revision: workspace, commit, tree });
  if (before.some(({ path }) => path === CONFLICTS_PATH)) {
    const message = `the draft has conflicts of an earlier merge: resolve them, and delete ${CONFLICTS_PATH}, first`;
    return { kind: "refused", message };
  }
  const [old, next] = [await read(found.tree), await read(newer)].map(withoutConflicts);
  const trees = { base: old ?? [], upstream: next ?? [], local: before };
  const { inputs = [] } = object.spec;
  const call = { trees, strategy: "resource-merge", inputs, maxValue: MAX_VALUE } as const;
  const merging = scope.releaseWorkerWhile(() => dependencies.merges.merge(keyOf(object), call));
  const merged = await merging.catch(failureOf);
  if ("message" in merged) return { kind: "refused", message: merged.message };
  const onto = describeBase(target.base);
  const files = mergedFiles(merged, `${view.path} ${onto}`, objectFormatOf(draft.commit));
  const known = new Set([...before, ...(next ?? [])].map(({ oid }) => oid));
  const made = files.filter(({ oid }) => !known.has(oid));
  const problem = problemOf(view, files) ?? fileSizeProblem(shownBytes(made), "merge")?.message;
  if (problem !== undefined) return { kind: "refused", message: problem };
  const { conflictCount: count } = merged;
  const conflicts = count === 0 ? "" : `, ${formatCount(count, "conflict")}`;
  const own = recordedLock(draft.metadata);
  const lock =
    target.kind === "main"
      ? own
      : rebasedLock(own, recordedLock(found.tree?.trailers?.metadata), recordedLock(newer.trailers?.metadata));
  return { kind: "merged", before, files, summary: `${from === "" ? "nothing" : from} → ${onto}${conflicts}`, lock };
}

/** The package on the branch of published packages, which is fetched first. */
async function findMain({ store, object }: RevisionScope): Promise<Source | { readonly message: string }> {
  const { repository, target, realm, package: name } = object.spec.packageRevID;
  const found = await store.findUpstream({
    repository,
    ...(target !== undefined && { target }),
    ...(realm !== undefined && { realm }),
    package: name,
    revision: MAIN_REVISION,
  });
  return found.kind === "found" ? found.source : { message: `the Repository ${found.message}` };
}

/** The message of a failure that no retry can mend. Throws all others: they are retried. */
function failureOf(error: unknown): { readonly message: string } {
  if (!(error instanceof StalledError) || error.retry !== "never") throw error;
  return { message: error.message };
}

/** Why a draft cannot have these files. */
function problemOf(view: RevisionView, files: readonly PackageFile[]): string | undefined {
  const shown = shownBytes(files);
  const nested = nestedFolders(view);
  const size = shown.values().reduce((sum, { length }) => sum + length, 0);
  const { bytes } = DEFAULT_MERGE_LIMITS;
  if (size > bytes) return `the result would have ${size} bytes: ${bytes} at most are handled`;
  return placeProblems([], shown, nested)[0]?.message;
}
