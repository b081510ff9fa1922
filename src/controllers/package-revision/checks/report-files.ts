import { keyOf } from "../../../api/meta.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { type RevisionScope, readerOf, readTree } from "../scope.ts";

/**
 * The problems in the files of a commit; undefined while large files are being checked: another reconcile follows then.
 */
export function checkFiles(session: RevisionScope, commit: Oid, files: readonly PackageFile[]): FileReport | undefined {
  const reader = readerOf(session);
  const load = async (oid: Oid) => (await reader.blobs([oid]))[0];
  return session.context.checks.check(keyOf(session.object), commit, files, load);
}

/**
 * The same for a commit that the contents objects show already. Writes the problems to their status once they are
 * known.
 */
export async function reportSettled(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
): Promise<FileReport | undefined> {
  const { context, object, contents } = session;
  const hasRun = context.checks.hasRun(keyOf(object), draft.commit);
  const report = hasRun
    ? context.checks.report(keyOf(object), draft.commit)
    : checkFiles(session, draft.commit, (await readTree(session, view, draft.tree)).files);
  if (report !== undefined) await contents.updateFileProblems(object, report);
  return report;
}
