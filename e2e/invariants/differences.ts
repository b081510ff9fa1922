import { listExecutables } from "../../src/core/files/executables.ts";
import { contentDigest, hiddenReason, type PackageFile, showFiles } from "../../src/core/files/package-file.ts";
import { isBelow } from "../../src/core/identity/location.ts";
import type { FileView } from "./observation.ts";
import { folderAt, nestedIn, ownFiles, type RepositorySituation, type RevisionSituation } from "./situation.ts";

/** Files of a package in a commit, with those of packages below it; undefined if they were not read. */
export function filesOf(
  one: RepositorySituation,
  { path }: RevisionSituation,
  commit: string | undefined,
): readonly FileView[] | undefined {
  if (commit === undefined) return undefined;
  const folder = folderAt(one, commit, path);
  if (folder !== undefined) return folder.files;
  // A draft without files has no folder.
  return [...one.remote.refs.values()].some((ref) => ref.commit === commit) ? [] : undefined;
}

/**
 * Valid digests: without and with packages below. A package that was created below later does not change a publication.
 */
export function digestsOf(files: readonly FileView[], nested: readonly string[]): readonly string[] {
  return [ownFiles(files, nested), files].map(digestOf);
}

/** Valid digests of a published revision: exactly one where the operator's record names the packages below. */
export function publishedDigests(
  one: RepositorySituation,
  path: string,
  revision: string | undefined,
  files: readonly FileView[],
): readonly string[] {
  const nested = recordedNested(one, path, revision);
  return nested === undefined ? digestsOf(files, nestedIn(one, path)) : [digestOf(ownFiles(files, nested))];
}

/** The packages below that the record of a revision names, relative to it. */
function recordedNested(
  { published }: RepositorySituation,
  path: string,
  revision: string | undefined,
): readonly string[] | undefined {
  const tag = published.find((one) => one.path === path && one.revision === revision);
  return tag?.nested?.map((one) => one.slice(path.length + 1));
}

function digestOf(files: readonly FileView[]): string {
  return contentDigest(showFiles(files.map(packageFile)).files);
}

function packageFile({ path, mode, oid, size, bytes }: FileView): PackageFile {
  const shown = hiddenReason({ path, mode, ...(size !== undefined && { size }) }) === undefined;
  return { path, mode, oid, ...(size !== undefined && { size }), ...(shown && bytes !== undefined && { bytes }) };
}

/** Differences between the pages and the files of a commit, by path. */
export function differencesOf(
  one: RepositorySituation,
  revision: RevisionSituation,
  files: readonly FileView[],
): readonly string[] {
  if (revision.pages.length === 0 || isTerminating(revision)) return [];
  const shown = new Map<string, Uint8Array>();
  const differences: string[] = [];
  for (const { spec } of revision.pages) {
    for (const [path, text] of Object.entries(spec.resources ?? {})) shown.set(path, Buffer.from(text, "utf8"));
    for (const [path, base64] of Object.entries(spec.binaryResources ?? {}))
      shown.set(path, Buffer.from(base64, "base64"));
  }
  const count = revision.pages[0]?.status?.pages ?? revision.pages.length;
  if (count !== revision.pages.length) differences.push(`there are ${revision.pages.length} pages of ${count}`);
  const nested =
    recordedNested(one, revision.path, revision.object.status?.revision) ??
    nestedIn(one, revision.path).filter((folder) => ![...shown.keys()].some((path) => isBelow(path, folder)));
  const normal = new Map(showFiles(ownFiles(files, nested).map(packageFile)).files.map((file) => [file.path, file]));
  for (const [path, bytes] of shown) {
    const file = normal.get(path);
    if (file?.bytes === undefined) differences.push(`${JSON.stringify(path)} is shown, and is not in Git's commit`);
    else if (Buffer.compare(file.bytes, bytes) !== 0)
      differences.push(`${JSON.stringify(path)} is shown with other bytes than Git has`);
  }
  const hidden = [...normal.values()].filter((file) => file.bytes === undefined);
  const lacking = [...normal.values()].filter((file) => file.bytes !== undefined && !shown.has(file.path));
  differences.push(...lacking.map((file) => `${JSON.stringify(file.path)} is in Git's commit, and is not shown`));
  const { filesNotShownCount = 0, executableFilesCount = 0, executableFiles = [] } = revision.pages[0]?.status ?? {};
  const executables = listExecutables([...normal.values()]);
  if (executables.count !== executableFilesCount || executables.listed.join("\n") !== executableFiles.join("\n")) {
    differences.push(
      `executable in Git's commit are ${executables.count} files, ${executables.listed.join(", ")}; ` +
        `status says ${executableFilesCount}, ${executableFiles.join(", ")}`,
    );
  }
  if (hidden.length !== filesNotShownCount) {
    differences.push(
      `${hidden.length} files of Git's commit cannot be shown, filesNotShownCount is ${filesNotShownCount}`,
    );
  }
  return differences;
}

/** True while it is being deleted: its contents are deleted first. */
export function isTerminating({ object }: RevisionSituation): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
