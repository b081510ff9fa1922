import {
  encodeAhead,
  hiddenReason,
  type PackageFile,
  type ShownPackage,
  showFiles,
} from "../../../core/files/package-file.ts";
import { classifyLinks, MAX_TARGET_BYTES } from "../../../core/files/symlinks.ts";
import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Admit } from "../../../core/ports/package-store.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { GitError } from "../errors.ts";
import type { TreeFile } from "../objects/object-reader.ts";
import type { PackageReader } from "./mirror-reader.ts";

/** The size of a package in bytes that is still handled: all of it is in memory while it is read. */
const MAX_PACKAGE_BYTES = 64 * 1024 * 1024;

/**
 * The files of a package's folder without those of packages below it. Throws `GitError` `ObjectTooLarge`, and
 * `UnusableName` for names and targets of links with a secret.
 */
export async function readPackage(
  reader: PackageReader,
  tree: Oid | undefined,
  path: string,
  nested: readonly string[],
  admit?: Admit,
): Promise<ShownPackage> {
  if (tree === undefined) return { shown: [], hidden: [], files: [], size: 0 };
  const listed = await listFiles(reader, tree, path, nested);
  await admit?.(sizeOf(listed));
  const files = await Promise.all(
    listed.map(async ({ path: name, mode, oid, size }): Promise<PackageFile> => {
      const hidden = hiddenReason({ path: name, mode, ...(size !== undefined && { size }) }) !== undefined;
      const isReadable = mode === "120000" && size !== undefined && size <= MAX_TARGET_BYTES;
      if (hidden && !isReadable) return { path: name, mode, oid, ...(size !== undefined && { size }) };
      const [bytes] = await reader.blobs([oid]);
      // As each arrives: all of them at once take seconds.
      if (bytes !== undefined && !hidden) encodeAhead(bytes);
      return { path: name, mode, oid, ...(bytes !== undefined && { bytes }) };
    }),
  );
  const links = classifyLinks(path, files);
  reader.assertShowable([...links.values()].flatMap(({ target }) => target ?? []));
  return showFiles(files, links);
}

/**
 * The same files with the bytes of symlinks too, to be written into another repository. Throws `GitError`:
 * `ObjectTooLarge`, and `InvalidChange` for a name that is not UTF-8.
 */
export async function readForClone(
  reader: PackageReader,
  tree: Oid,
  path: string,
  nested: readonly string[],
  admit?: Admit,
): Promise<readonly PackageFile[]> {
  const listed = await listFiles(reader, tree, path, nested);
  await admit?.(sizeOf(listed));
  return await Promise.all(
    listed.map(async ({ path: name, mode, oid }): Promise<PackageFile> => {
      if (!name.isWellFormed()) {
        const problem = "is not UTF-8: it cannot be written into another repository";
        throw new GitError("InvalidChange", `the name of the file ${JSON.stringify(name)} ${problem}`);
      }
      if (mode === "160000") return { path: name, mode, oid };
      const [bytes] = await reader.blobs([oid]);
      return { path: name, mode, oid, ...(bytes !== undefined && { bytes }) };
    }),
  );
}

/** The files of a package with their sizes. Throws `GitError` `ObjectTooLarge` for a package that is not handled. */
export async function listFiles(
  reader: PackageReader,
  tree: Oid,
  path: string,
  nested: readonly string[],
): Promise<readonly TreeFile[]> {
  const files = await reader.files(tree, { except: relativeTo(path, nested), sizes: true });
  const size = sizeOf(files);
  if (size > MAX_PACKAGE_BYTES) {
    throw new GitError("ObjectTooLarge", `the package has ${size} bytes: ${MAX_PACKAGE_BYTES} at most are handled`);
  }
  return files;
}

export function sizeOf(files: readonly TreeFile[]): number {
  return files.reduce((sum, { size = 0 }) => sum + size, 0);
}

/** The packages below that are no part of a tree: of a published revision those of its record, else those of today. */
export function nestedPaths({ found, nested }: RevisionView, tree: Oid | undefined): readonly string[] {
  const recorded = found?.kind === "published" && found.tree === tree ? found.nested : undefined;
  return recorded ?? nested.map((one) => one.path);
}
