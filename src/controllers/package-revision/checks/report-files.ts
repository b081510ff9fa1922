import { keyOf } from "../../../api/meta.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { type RevisionScope, readerOf, readTree } from "../scope.ts";

/** What is wrong in the files of a commit; undefined while big ones are still being read: then the next look tells. */
export function checkFiles(session: RevisionScope, commit: Oid, files: readonly PackageFile[]): FileReport | undefined {
  const reader = readerOf(session);
  const load = async (oid: Oid) => (await reader.blobs([oid]))[0];
  return session.context.checks.check(keyOf(session.object), commit, files, load);
}

/** The same for contents that are as they were left, where it is told on them too as soon as it is known. */
export async function reportSettled(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
): Promise<FileReport | undefined> {
  const { context, object, contents } = session;
  const known = context.checks.knows(keyOf(object), draft.commit);
  const report = known
    ? context.checks.report(keyOf(object), draft.commit)
    : checkFiles(session, draft.commit, (await readTree(session, view, draft.tree)).files);
  if (report !== undefined) await contents.updateFileProblems(object, report);
  return report;
}
