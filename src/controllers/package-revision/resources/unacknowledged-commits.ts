import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { wentOnFrom } from "../../../core/revision/page-versions.ts";
import { type RevisionScope, readerOf, readTree } from "../scope.ts";
import { digestOf } from "./precompute-hashes.ts";

/** A commit that was made of what these pages held once, which was edited further, and what it did. */
interface UnacknowledgedCommit {
  readonly before: readonly PackageFile[];
  readonly after: readonly PackageFile[];
  /** It and the commits since: what is shown of these has what it did. */
  readonly since: ReadonlySet<Oid>;
}

/** So far back is looked; an operator is hardly killed as often between a push and its acknowledgement. */
const MAX_COMMITS = 50;

/** The commits of ours that no page shows yet, oldest first: the operator was killed between push and acknowledgement. */
export async function findUnacknowledgedCommits(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  { pages, until }: { readonly pages: readonly PackageRevisionResources[]; readonly until: Oid },
): Promise<readonly UnacknowledgedCommit[]> {
  const reader = readerOf(session);
  const chain: { readonly oid: Oid; readonly parent: Oid | undefined; readonly message: string }[] = [];
  for (let at: Oid | undefined = draft.commit; at !== undefined && at !== until && chain.length < MAX_COMMITS; ) {
    const { parents, message }: { readonly parents: readonly Oid[]; readonly message: string } =
      await reader.commit(at);
    chain.push({ oid: at, parent: parents[0], message });
    at = parents[0];
  }
  // What is shown is no part of this history, so that nobody knows what came after it.
  if (chain.at(-1)?.parent !== until) return [];
  const read = async (commit: Oid) => (await readTree(session, view, await reader.treeAt(commit, view.path))).files;
  const found = chain.map(async ({ oid, parent, message }, index): Promise<UnacknowledgedCommit | undefined> => {
    const trailers = parseCommitMetadata(message);
    if (parent === undefined || !wentOnFrom(trailers?.contents, pages)) return undefined;
    const [before, after] = await Promise.all([read(parent), read(oid)]);
    // A trailers that somebody copied onto other files says nothing of these.
    if ((await digestOf(after)) !== trailers?.digest) return undefined;
    return { before, after, since: new Set(chain.slice(0, index + 1).map((one) => one.oid)) };
  });
  return (await Promise.all(found)).flatMap((one) => one ?? []).reverse();
}

/** What edits started from: what is shown, and what own commits did to it since. @param shownOf the commit that a path is shown of */
export function applyUnacknowledgedCommits(
  base: readonly PackageFile[],
  own: readonly UnacknowledgedCommit[],
  shownOf: (path: string) => Oid,
): readonly PackageFile[] {
  const files = new Map(base.map((file) => [file.path, file]));
  for (const { before, after, since } of own) {
    const [was, is] = [before, after].map((all) => new Map(all.map((file) => [file.path, file])));
    for (const path of new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])) {
      const file = is?.get(path);
      if (was?.get(path)?.oid === file?.oid || since.has(shownOf(path))) continue;
      if (file === undefined) files.delete(path);
      else files.set(path, file);
    }
  }
  return [...files.values()];
}
