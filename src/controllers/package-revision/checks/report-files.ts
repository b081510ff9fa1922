import { keyOf } from "../../../api/meta.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { isTagOnly } from "../../../core/repository/tag-only.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import type { RevisionScope } from "../scope.ts";
import { packageOfTarget } from "../targets/package-of-target.ts";
import type { PackageOfTarget } from "../targets/target-data.ts";

/**
 * The problems in the files of a commit; undefined while large files, or the other packages of the target, are still
 * being read: a later reconcile reports.
 */
export function checkFiles(scope: RevisionScope, commit: Oid, files: readonly PackageFile[]): FileReport | undefined {
  const { object, store, dependencies } = scope;
  return inTarget(
    scope,
    dependencies.checks.check(keyOf(object), commit, files, (oid) => store.readBlob(oid)),
  );
}

/** Begins what `checkFiles` will ask for, of files that are being pushed. */
export function checkAhead(scope: RevisionScope, files: readonly PackageFile[]): void {
  const { checks, targets } = scope.dependencies;
  checks.prime(files);
  const place = placeToCompare(scope);
  if (place !== undefined) targets.read(place);
}

/** The same for contents that have not changed; their status reports it too, as soon as it is known. */
export async function reportSettled(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
): Promise<FileReport | undefined> {
  const { dependencies, object, contents, store } = scope;
  const { checks } = dependencies;
  const report = checks.hasRun(keyOf(object), draft.commit)
    ? inTarget(scope, checks.report(keyOf(object), draft.commit))
    : checkFiles(scope, draft.commit, (await store.readTree(view, draft.tree, scope.admit)).files);
  if (report !== undefined) await contents.updateFileProblems(object, report);
  return report;
}

/** The report of a draft beside the other packages of its target. */
function inTarget(scope: RevisionScope, report: FileReport | undefined): FileReport | undefined {
  const place = placeToCompare(scope);
  if (report === undefined || place === undefined) return report;
  return scope.dependencies.targets.complete({ ...place, report });
}

/** Only in a target whose folder on the branch of published packages is what a GitOps tool builds. */
function placeToCompare(scope: RevisionScope): PackageOfTarget | undefined {
  return isTagOnly(scope.observation.repository) ? undefined : packageOfTarget(scope);
}
