import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import { sha256Hex } from "../../../core/identity/hash.ts";
import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { tombstoneRef } from "../../../core/identity/refs.ts";
import type { Discovered } from "../../../core/repository/package-index.ts";
import { ABSENT, type RevisionView, type Source } from "../../../core/revision/observation.ts";
import { isToBeRebased } from "../../../core/revision/rebase.ts";
import { holdsLatest } from "./draft-base.ts";
import { describeChange, isOperatorsOwn } from "./last-main-change.ts";
import type { PackageReader } from "./mirror-reader.ts";
import type { RefIndex } from "./ref-index.ts";

/**
 * Only a revision that is about to be published, deleted or rebased is compared with main, and a proposal that a rule
 * may approve: the comparison costs several reads.
 */
export function isComparedWithMain(
  object: PackageRevision,
  found: Discovered | undefined,
  mayBeApproved: boolean,
): boolean {
  const { spec, status, metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return true;
  if (isToBeRebased(object)) return true;
  if (found?.kind === "published" || status?.lifecycle !== "proposed") return false;
  return spec.lifecycle === "published" || (mayBeApproved && spec.lifecycle === "proposed");
}

/**
 * Compares the package's own files on main with those the draft began from, those it has, and those of the latest
 * revision. Starts a `git log` only where main differs from all of them.
 */
export async function compareWithMain(
  index: RefIndex,
  view: Omit<RevisionView, "own">,
  object: PackageRevision,
): Promise<Pick<RevisionView, "own" | "mainChange" | "mainRevision" | "isMainOurs">> {
  const { mirror, packages } = index;
  const { reader } = mirror;
  const { path, mainCommit, found, latest } = view;
  const nested = view.nested.map((one) => one.path);
  const began = (await findBase(index, path, object.status?.base ?? {}))?.tree;
  const published = found?.kind === "published" ? found.nested : undefined;
  // One form for all, so that equal files have equal texts.
  const isListed = [nested, began?.nested, published, latest?.nested].some((one = []) => one.length > 0);
  const describe = async (tree: Oid | undefined, more: readonly string[] = []) =>
    isListed ? await describeFiles(reader, tree, path, [...nested, ...more]) : (tree ?? ABSENT);
  const mainTree = mainCommit === undefined ? undefined : await reader.treeAt(mainCommit, path);
  const [main, base, head, newest] = await Promise.all([
    mainCommit === undefined ? undefined : describe(mainTree),
    describe(began?.tree, began?.nested),
    describe(found?.tree, published),
    describe(latest?.tree, latest?.nested),
  ]);
  const own = { ...(main !== undefined && { main }), base, head, latest: newest };
  if (mainCommit === undefined || main === head) return { own };
  if (object.metadata.deletionTimestamp !== undefined) {
    // Deleting a draft or an older revision does not change main.
    const isLatest = found?.kind === "published" && found.revision === latest?.revision;
    return { own, ...(isLatest && { isMainOurs: await isOperatorsOwn(mirror, mainCommit, mainTree, view) }) };
  }
  if (main === base || main === newest) return { own };
  const mergeable = await isMergeable(index, object.status?.base, async (beganAt) => {
    return (await describe(await reader.treeAt(beganAt, path))) === base;
  });
  const change = await describeChange(mirror, mainCommit, view, mergeable);
  const mainChange =
    change !== undefined && isToBeRebased(object)
      ? { ...change, holdsLatest: latest === undefined || (await holdsLatest(mirror, path, mainCommit, latest)) }
      : change;
  const revisions = [...(packages.package(path)?.published.values() ?? [])];
  const mainRevision = revisions.find((one) => one.tree === mainTree)?.revision;
  return { own, ...(mainChange && { mainChange }), ...(mainRevision && { mainRevision }) };
}

/**
 * The files that a draft is based on: main's, if it was made from main, else those of its base revision, which may be
 * deleted since. `tree` is absent if there were none. Undefined: the base is gone from Git.
 */
export async function findBase(
  { mirror, packages }: RefIndex,
  path: string,
  { mainCommit, revision }: DraftBase,
): Promise<{ readonly tree?: Source | undefined } | undefined> {
  const { reader } = mirror;
  if (mainCommit !== undefined) {
    if ((await reader.info(mainCommit)) === undefined) return undefined;
    const tree = await reader.treeAt(mainCommit, path);
    return tree === undefined ? {} : { tree: { revision: MAIN_REVISION, commit: mainCommit, tree } };
  }
  if (revision === undefined) return {};
  const published = packages.package(path)?.published.get(revision);
  if (published !== undefined) return { tree: published };
  const commit = mirror.refs().get(tombstoneRef(path, revision))?.commit;
  const tree = commit === undefined ? undefined : await reader.treeAt(commit, path);
  return commit === undefined || tree === undefined ? undefined : { tree: { revision, commit, tree } };
}

/**
 * True if a merge of main into the draft's branch adds exactly the later changes: the branch left main with the files
 * that the draft is based on, or before that commit of main, whose changes the draft was rebased onto.
 */
async function isMergeable(
  { mirror }: RefIndex,
  base: DraftBase | undefined,
  hasBaseFiles: (beganAt: Oid) => Promise<boolean>,
): Promise<boolean> {
  const { commit, mainCommit } = base ?? {};
  if (commit === undefined) return false;
  if (await hasBaseFiles(commit)) return true;
  return mainCommit !== undefined && (await mirror.history.contains(mainCommit, commit));
}

/** The first of the package's folder and the folders above it that is not a folder in this commit. */
export async function findFileInPlace(reader: PackageReader, commit: Oid, path: string): Promise<string | undefined> {
  const parts = path.split("/");
  for (const [index, name] of parts.entries()) {
    const tree = await reader.treeAt(commit, parts.slice(0, index).join("/"));
    const entry = tree === undefined ? undefined : (await reader.entries(tree)).find((one) => one.name === name);
    if (entry === undefined) return undefined;
    if (entry.mode !== "040000") return parts.slice(0, index + 1).join("/");
  }
  return undefined;
}

/** Equal for two folders whose own files are equal; packages below are left out. */
async function describeFiles(
  reader: PackageReader,
  tree: Oid | undefined,
  path: string,
  nested: readonly string[],
): Promise<string> {
  if (tree === undefined) return ABSENT;
  const files = await reader.files(tree, { except: relativeTo(path, nested) });
  if (files.length === 0) return ABSENT;
  return sha256Hex(files.map((file) => `${file.mode} ${file.oid} ${file.path}\n`).join(""));
}
