import type { Oid } from "../../identity/oid.ts";

/** A folder of a tree with all below it. Folders that have not changed are the same object in the next version. */
export interface Folder {
  readonly oid: Oid;
  /** By name. */
  readonly files: ReadonlyMap<string, Oid>;
  readonly folders: ReadonlyMap<string, Folder>;
  /** Files and folders below it, links included. */
  readonly size: number;
}

/** The file that tells kustomize what to build of a folder; other files there are built only where it names them. */
const KUSTOMIZATION_FILES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** A file that kustomize builds before, after, or both: without one, it was not built or did not exist. */
export interface FileChange {
  /** From the folder. */
  readonly path: string;
  readonly before?: Oid;
  readonly after?: Oid;
}

/** True for files that Flux builds of a folder without a kustomization file. */
export function isManifest(path: string): boolean {
  return /\.ya?ml$/.test(path);
}

export function isKustomization(name: string): boolean {
  return (KUSTOMIZATION_FILES as readonly string[]).includes(name);
}

/**
 * True if a folder, or one on the way to it, has a kustomization file: what is built of it cannot be seen from here.
 */
export function hasKustomization(root: Folder | undefined, path: string): boolean {
  let folder = root;
  for (const name of ["", ...path.split("/")]) {
    if (name !== "") folder = folder?.folders.get(name);
    if (folder === undefined) return false;
    if (KUSTOMIZATION_FILES.some((one) => folder?.files.has(one))) return true;
  }
  return false;
}

/**
 * The manifests that are built of only one of two versions of a folder, or of both with other contents. Costs as much
 * as has changed, and the entries of the folders on the way.
 */
export function changedManifests(before: Folder | undefined, after: Folder | undefined): Iterable<FileChange> {
  return changesBelow("", before, after, builtOf);
}

/** The same for all manifests, whether kustomize names them or not. */
export function changedFiles(before: Folder | undefined, after: Folder | undefined): Iterable<FileChange> {
  return changesBelow("", before, after, (folder) => folder);
}

type Looked = (folder: Folder | undefined) => Folder | undefined;

function* changesBelow(
  prefix: string,
  before: Folder | undefined,
  after: Folder | undefined,
  looked: Looked,
): Generator<FileChange> {
  if (before === after) return;
  const [old, now] = [looked(before), looked(after)];
  for (const name of union(old?.files, now?.files)) {
    const [was, is] = [old?.files.get(name), now?.files.get(name)];
    if (was === is || !isManifest(name)) continue;
    yield { path: prefix + name, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) };
  }
  for (const name of union(old?.folders, now?.folders))
    yield* changesBelow(`${prefix}${name}/`, old?.folders.get(name), now?.folders.get(name), looked);
}

/** Undefined for a folder with a kustomization file. */
function builtOf(folder: Folder | undefined): Folder | undefined {
  return KUSTOMIZATION_FILES.some((name) => folder?.files.has(name)) ? undefined : folder;
}

function union(
  a: ReadonlyMap<string, unknown> = new Map(),
  b: ReadonlyMap<string, unknown> = new Map(),
): Iterable<string> {
  return new Set([...a.keys(), ...b.keys()]);
}
