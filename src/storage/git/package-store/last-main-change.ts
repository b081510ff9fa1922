import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { MirrorReader } from "./mirror-reader.ts";

/** The last commit that changed the package's own files on main, and whether the draft has it in its history. */
export async function describeChange(
  mirror: MirrorReader,
  mainCommit: Oid,
  view: Omit<RevisionView, "own">,
  mergeable: boolean,
): Promise<RevisionView["mainChange"]> {
  const change = await lastChange(mirror, mainCommit, view);
  if (change === undefined) return undefined;
  // If main had other files when the draft began from it, these are in the draft's history and not in its files.
  const { found } = view;
  const merged = mergeable && found !== undefined && (await mirror.history.contains(found.commit, change.commit));
  return { ...change, mergeable, merged };
}

/** Whether main's folder holds only files of the revision, and the operator's own commit was the last to change it. */
export async function isOperatorsOwn(
  mirror: MirrorReader,
  mainCommit: Oid,
  mainTree: Oid | undefined,
  view: Omit<RevisionView, "own">,
): Promise<boolean> {
  const { path, nested, found } = view;
  if (mainTree === undefined || found?.tree === undefined) return false;
  const { reader } = mirror;
  const folders = nested.map((one) => one.path);
  const except = relativeTo(path, folders);
  const [files, revision] = await Promise.all([
    reader.files(mainTree, { except }),
    reader.files(found.tree, { except }),
  ]);
  const known = new Map(revision.map((file) => [file.path, file]));
  const isPart = files.every(
    (file) => known.get(file.path)?.oid === file.oid && known.get(file.path)?.mode === file.mode,
  );
  const change = isPart ? await lastChange(mirror, mainCommit, view) : undefined;
  return change !== undefined && (await reader.commit(change.commit)).isSigned;
}

async function lastChange(
  { history }: MirrorReader,
  mainCommit: Oid,
  { path, nested }: Pick<RevisionView, "path" | "nested">,
) {
  const except = nested.map((one) => one.path);
  const [change] = await history.changesOf(mainCommit, path, except, 1);
  return change;
}
