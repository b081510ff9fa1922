import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { RevisionScope } from "../scope.ts";
import type { Committed } from "../steps/commit-edits.ts";
import { type Processed, processContents } from "./process-contents.ts";

interface JustCommitted extends Pick<Committed, "commit" | "read" | "digest" | "trailers"> {
  readonly base?: DraftBase | undefined;
}

/** What is known of the package that was just committed. */
export async function processCommitted(
  scope: RevisionScope,
  view: RevisionView,
  { commit, read, digest, trailers, base }: JustCommitted,
): Promise<Processed> {
  const load = async () => (await scope.store.readCommit(view, commit)).files;
  return await processContents(scope, trailers, { view, base, digest, files: read.files, load });
}

/**
 * The same for contents that have not changed; the contents object's status reports it too, as soon as it is known.
 * Undefined: status does not say yet what the contents are.
 */
export async function processSettled(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
): Promise<Processed | undefined> {
  const { object, store, contents } = scope;
  const digest = object.status?.contentDigest;
  if (digest === undefined) return undefined;
  const load = async () => (await store.readCommit(view, draft.commit)).files;
  const isUnasked = draft.trailers === undefined && (object.spec.lifecycle ?? "draft") === "draft";
  const processed = await processContents(scope, draft.trailers, { view, digest, isUnasked, load });
  const { results, changes } = processed;
  if (results !== undefined && changes === undefined) await contents.updateResults(object, results);
  return processed;
}
