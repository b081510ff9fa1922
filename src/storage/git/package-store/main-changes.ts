import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { OPERATOR } from "../../../core/identity/person.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { Mirror } from "../mirror/mirror.ts";

/** Who changed the package's own files on main last, and whether that is in the draft's history. */
export async function describeChange(
  mirror: Mirror,
  mainCommit: Oid,
  view: Omit<RevisionView, "own">,
  mergeable: boolean,
): Promise<RevisionView["mainChange"]> {
  const change = await lastChange(mirror, mainCommit, view);
  if (change === undefined) return undefined;
  // The branch grew from main: where main had other files when it began, these are in its history and not in its files.
  const { found } = view;
  const merged = mergeable && found !== undefined && (await mirror.history.contains(found.commit, change.commit));
  return { ...change, mergeable, merged };
}

/** Whether all that main has of the folder is the revision's, and the operator's own commit was the last to change it. */
export async function isOurs(
  mirror: Mirror,
  mainCommit: Oid,
  mainTree: Oid | undefined,
  view: Omit<RevisionView, "own">,
): Promise<boolean> {
  const { path, nested, found } = view;
  if (mainTree === undefined || found?.tree === undefined) return false;
  const { reader } = mirror;
  const except = relativeTo(
    path,
    nested.map((one) => one.path),
  );
  const [files, revision] = await Promise.all([
    reader.files(mainTree, { except }),
    reader.files(found.tree, { except }),
  ]);
  const known = new Map(revision.map((file) => [file.path, file]));
  const isPart = files.every(
    (file) => known.get(file.path)?.oid === file.oid && known.get(file.path)?.mode === file.mode,
  );
  const change = isPart ? await lastChange(mirror, mainCommit, view) : undefined;
  return change !== undefined && (await reader.commit(change.commit)).committer?.email === OPERATOR.email;
}

async function lastChange(
  { history }: Mirror,
  mainCommit: Oid,
  { path, nested }: Pick<RevisionView, "path" | "nested">,
) {
  const except = nested.map((one) => one.path);
  const [change] = await history.changesOf(mainCommit, path, except, 1);
  return change;
}
