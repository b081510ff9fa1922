import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { PackageReader } from "./mirror-reader.ts";

type Folders = Pick<RevisionView, "path" | "nested">;

/**
 * The edits, on top of the draft's branch, after which everything but the package's own files is as in the base:
 * whatever was pushed to the branch outside of the folder, or into the folder of a published package below, was shown
 * to no reviewer.
 */
export async function resetOutside(
  reader: PackageReader,
  { path, nested }: Folders,
  draft: Pick<DraftBranch, "tree">,
  base: Oid | undefined,
): Promise<readonly TreeEdit[]> {
  const atBase = async (folder: string): Promise<TreeEdit> =>
    putOrRemove(folder, base === undefined ? undefined : await reader.treeAt(base, folder));
  // Outer folders first: a deeper folder is put into one that was put before.
  return [
    await atBase(""),
    putOrRemove(path, draft.tree),
    ...(await Promise.all(nested.map((one) => atBase(one.path)))),
  ];
}

function putOrRemove(path: string, tree: Oid | undefined): TreeEdit {
  return tree === undefined ? { kind: "remove", path } : { kind: "putTree", path, tree };
}

/** True if a commit has the same files as its base outside of the package's own files. Reads a few trees. */
export async function isSameOutside(
  reader: PackageReader,
  { path, nested }: Folders,
  commit: Oid,
  base: Oid | undefined,
): Promise<boolean> {
  const both = async (describe: (at: Oid) => Promise<string>) => {
    const [here, there] = await Promise.all([describe(commit), base === undefined ? "" : describe(base)]);
    return here === there;
  };
  const parts = path.split("/");
  for (const [depth, name] of parts.entries()) {
    const folder = parts.slice(0, depth).join("/");
    if (!(await both((at) => describeSiblings(reader, at, folder, name)))) return false;
  }
  for (const one of nested) {
    if (!(await both(async (at) => (await reader.treeAt(at, one.path)) ?? ""))) return false;
  }
  return true;
}

/** All entries of a folder but one; empty without the folder. */
async function describeSiblings(reader: PackageReader, commit: Oid, folder: string, except: string): Promise<string> {
  const tree = await reader.treeAt(commit, folder);
  const entries = tree === undefined ? [] : await reader.entries(tree);
  return entries
    .filter(({ name }) => name !== except)
    .map(({ mode, oid, name }) => `${mode} ${oid} ${JSON.stringify(name)}\n`)
    .join("");
}
