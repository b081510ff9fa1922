import { keyOf } from "../../../api/meta.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import type { RevisionScope } from "../scope.ts";

/**
 * The problems in the files of a commit; undefined while large files are still being read: a later reconcile reports.
 */
export function checkFiles(
  { object, store, dependencies: { checks } }: RevisionScope,
  commit: Oid,
  files: readonly PackageFile[],
): FileReport | undefined {
  return checks.check(keyOf(object), commit, files, (oid) => store.readBlob(oid));
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
    ? checks.report(keyOf(object), draft.commit)
    : checkFiles(scope, draft.commit, (await store.readTree(view, draft.tree, scope.admit)).files);
  if (report !== undefined) await contents.updateFileProblems(object, report);
  return report;
}
