import { MAX_SHOWN } from "../../src/core/files/package-file.ts";
import { decodePath } from "../../src/core/files/path-bytes.ts";
import type { FileMode } from "../../src/core/files/tree-edit.ts";
import type { Oid } from "../../src/core/identity/oid.ts";
import type { ObjectBatch } from "./git-batch.ts";
import type { FileView, Folder } from "./observation.ts";

interface Entry {
  readonly name: string;
  readonly mode: FileMode | "40000";
  readonly oid: Oid;
}

type Trees = ReadonlyMap<Oid, readonly Entry[]>;

/** Limits of a package: ten small objects can represent a billion paths. */
const MAX_DEPTH = 100;
const MAX_ENTRIES = 20_000;

/** A folder to read. */
export interface FolderQuery {
  readonly key: string;
  readonly commit: Oid;
  readonly path: string;
  /** True to read the bytes of its files. */
  readonly withBytes: boolean;
}

/** Reads folders with all their files; key → folder. */
export async function readFolders(
  objects: ObjectBatch,
  queries: readonly FolderQuery[],
): Promise<ReadonlyMap<string, Folder>> {
  // With the slash, git never parses the path as output of `git describe`.
  const specs = queries.map(({ commit, path }) => ({ spec: `${commit}:${path}/`, withBytes: false }));
  const found = await objects.read(specs);
  const roots = queries.flatMap((query, index) => {
    const tree = found[index];
    const relative = query.path.split("/").some((part) => part === "." || part === "..");
    return tree?.type === "tree" && !relative ? [{ ...query, tree: tree.oid }] : [];
  });
  const trees = await readTrees(objects, new Set(roots.map(({ tree }) => tree)));
  const listed = roots.map((root) => ({ ...root, files: listFiles(trees, root.tree) }));
  const wanted = listed.filter(({ withBytes }) => withBytes).flatMap(({ files }) => files?.map(({ oid }) => oid) ?? []);
  const blobs = await readBlobs(objects, new Set(wanted));
  const withBytes = (file: FileView): FileView => ({ ...file, ...(file.mode !== "160000" && blobs.get(file.oid)) });
  return new Map(listed.map(({ key, tree, files }) => [key, { tree, files: files?.map(withBytes) }]));
}

async function readTrees(objects: ObjectBatch, roots: ReadonlySet<Oid>): Promise<Trees> {
  const trees = new Map<Oid, readonly Entry[]>();
  let next = [...roots];
  for (let depth = 0; next.length > 0 && depth < MAX_DEPTH; depth++) {
    const found = await objects.read(next.map((spec) => ({ spec, withBytes: true })));
    for (const tree of found) if (tree?.bytes !== undefined) trees.set(tree.oid, parseTree(tree.bytes, tree.oid));
    const below = next.flatMap((oid) => trees.get(oid) ?? []).filter(({ mode }) => mode === "40000");
    next = [...new Set(below.map(({ oid }) => oid))].filter((oid) => !trees.has(oid));
  }
  return trees;
}

function parseTree(bytes: Buffer, like: Oid): readonly Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space);
    const name = decodePath(bytes.subarray(space + 1, nul));
    const end = nul + 1 + like.length / 2;
    const mode = canonicalMode(bytes.toString("latin1", at, space));
    entries.push({ name, mode, oid: bytes.toString("hex", nul + 1, end) });
    at = end;
  }
  return entries;
}

function listFiles(trees: Trees, root: Oid): readonly FileView[] | undefined {
  const files: FileView[] = [];
  let left = MAX_ENTRIES;
  const walk = (tree: Oid, prefix: string): boolean => {
    const entries = trees.get(tree);
    if (entries === undefined) return false;
    return entries.every((entry) => {
      if (left-- <= 0) return false;
      const path = `${prefix}${entry.name}`;
      if (entry.mode === "40000") return walk(entry.oid, `${path}/`);
      files.push({ path, mode: entry.mode, oid: entry.oid });
      return true;
    });
  };
  return walk(root, "") ? files : undefined;
}

/** As git reads it: old histories have modes such as 100664; what is no file, link or folder is a submodule. */
function canonicalMode(text: string): Entry["mode"] {
  const mode = Number(BigInt(`0o${text}`) & 0xffffn);
  const kinds: Readonly<Record<number, Entry["mode"]>> = { 4: "40000", 8: "100644", 10: "120000" };
  const kind = kinds[mode >> 12] ?? "160000";
  return kind === "100644" && (mode & 0o100) !== 0 ? "100755" : kind;
}

async function readBlobs(
  objects: ObjectBatch,
  oids: ReadonlySet<Oid>,
): Promise<ReadonlyMap<Oid, { readonly size: number; readonly bytes?: Uint8Array }>> {
  const sizes = await objects.read([...oids].map((spec) => ({ spec, withBytes: false })));
  const present = sizes.filter((one) => one?.type === "blob");
  const small = present.filter((one) => one !== undefined && one.size <= MAX_SHOWN);
  const read = await objects.read(small.map((one) => ({ spec: one?.oid ?? "", withBytes: true })));
  const bytes = new Map(read.map((one) => [one?.oid, one?.bytes]));
  return new Map(
    present.flatMap((one) => {
      if (one === undefined) return [];
      const found = bytes.get(one.oid);
      return [[one.oid, { size: one.size, ...(found !== undefined && { bytes: found }) }] as const];
    }),
  );
}
