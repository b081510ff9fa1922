import { hiddenReason, type PackageFile, type ShownPackage, showFiles } from "../../../core/files/package-file.ts";
import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { GitError } from "../errors.ts";
import type { ObjectReader } from "../objects/object-reader.ts";

/** The files of a package's folder; packages below it are not part of it. */
export async function readPackage(
  reader: ObjectReader,
  tree: Oid | undefined,
  path: string,
  nested: readonly string[],
): Promise<ShownPackage> {
  if (tree === undefined) return { shown: [], hidden: [], files: [], size: 0 };
  const listed = await reader.files(tree, { except: relativeTo(path, nested), sizes: true });
  checkSize(listed);
  const files = await Promise.all(
    listed.map(async ({ path: name, mode, oid, size, notUtf8 }): Promise<PackageFile> => {
      const hidden = notUtf8 || hiddenReason({ path: name, mode, ...(size !== undefined && { size }) }) !== undefined;
      if (hidden) return { path: name, mode, oid, ...(size !== undefined && { size }) };
      const [bytes] = await reader.blobs([oid]);
      return { path: name, mode, oid, ...(bytes !== undefined && { bytes }) };
    }),
  );
  return showFiles(files);
}

/** Throws `GitError` `ObjectTooLarge` for a package that is not handled. */
export async function checkPackage(
  reader: ObjectReader,
  tree: Oid,
  path: string,
  nested: readonly string[],
): Promise<void> {
  checkSize(await reader.files(tree, { except: relativeTo(path, nested), sizes: true }));
}

/** The same files with the bytes of symlinks too, to be written into another repository. */
export async function readForCopy(
  reader: ObjectReader,
  tree: Oid,
  path: string,
  nested: readonly string[],
): Promise<readonly PackageFile[]> {
  const listed = await reader.files(tree, { except: relativeTo(path, nested), sizes: true });
  checkSize(listed);
  return await Promise.all(
    listed.map(async ({ path: name, mode, oid, notUtf8 }): Promise<PackageFile> => {
      if (notUtf8) {
        const message = `the name of the file ${JSON.stringify(name)} is not UTF-8: it cannot be written into another repository`;
        throw new GitError("InvalidChange", message);
      }
      if (mode === "160000") return { path: name, mode, oid };
      const [bytes] = await reader.blobs([oid]);
      return { path: name, mode, oid, ...(bytes !== undefined && { bytes }) };
    }),
  );
}

/** What a package may hold in all, in bytes: it is in memory while it is read. */
const MAX_PACKAGE = 64 * 1024 * 1024;

/** Throws `GitError` `ObjectTooLarge`. */
function checkSize(files: readonly { readonly size?: number }[]): void {
  const size = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  if (size > MAX_PACKAGE)
    throw new GitError("ObjectTooLarge", `the package has ${size} bytes: ${MAX_PACKAGE} at most are handled`);
}
