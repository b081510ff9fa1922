import type { PackageRevisionResourcesSpec } from "../../api/v1alpha1/package-revision-resources.ts";
import { filePathProblem } from "./file-path.ts";
import { decode, jsonSize, MAX_SHOWN, type ShownFile, sameBytes } from "./package-file.ts";
import { MAX_ENTRIES } from "./path-tree.ts";

/** New pages are filled to this many bytes of JSON. */
export const PAGE_SIZE = 512 * 1024;

export interface ContentsPage {
  readonly number: number;
  readonly files: readonly ShownFile[];
}

/** Distributes files to pages: a file in `placed` keeps its page, other files go to the last page or to new pages. */
export function layOutPages(
  files: readonly ShownFile[],
  placed: ReadonlyMap<string, number> = new Map(),
): readonly ContentsPage[] {
  const pages = new Map<number, { size: number; files: ShownFile[] }>();
  const put = (number: number, file: ShownFile) => {
    const page = pages.get(number) ?? { size: 0, files: [] };
    pages.set(number, page);
    page.files.push(file);
    page.size += jsonSize(file);
  };
  for (const file of files) {
    const page = placed.get(file.path);
    if (page !== undefined) put(page, file);
  }
  let last = highest(1, placed.values());
  for (const file of files) {
    if (placed.has(file.path)) continue;
    const size = pages.get(last)?.size ?? 0;
    if (size > 0 && size + jsonSize(file) > PAGE_SIZE) last++;
    put(last, file);
  }
  const count = highest(last, pages.keys());
  return Array.from({ length: count }, (_, index) => ({ number: index + 1, files: pages.get(index + 1)?.files ?? [] }));
}

/** Instead of `Math.max(...)`: a package may have more files than a call can have arguments. */
function highest(least: number, numbers: Iterable<number>): number {
  let result = least;
  for (const number of numbers) if (number > result) result = number;
  return result;
}

/** The spec of a page's object. */
export function pageSpec(page: ContentsPage): PackageRevisionResourcesSpec {
  const resources: [string, string][] = [];
  const binaryResources: [string, string][] = [];
  for (const file of page.files) (file.encoding === "text" ? resources : binaryResources).push([file.path, file.value]);
  return {
    // Object.fromEntries defines own properties, so a file called __proto__ is a file.
    resources: Object.fromEntries(resources),
    ...(binaryResources.length > 0 && { binaryResources: Object.fromEntries(binaryResources) }),
  };
}

/** The files in the pages of one package, as users edited them. */
export interface WantedFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The page number of each path. */
  readonly placed: ReadonlyMap<string, number>;
}

export interface ContentsProblem {
  readonly reason: "InvalidPath" | "InvalidContent" | "DuplicatePath" | "FileTooLarge" | "TooManyFiles";
  readonly message: string;
}

/** More than can be read again. */
export const TOO_MANY_FILES: ContentsProblem = {
  reason: "TooManyFiles",
  message: `a package has at most ${MAX_ENTRIES} files and folders: remove some, or make several packages of it`,
};

/** Parses pages into files, or returns all problems of all files; only their number is looked at if it is too large. */
export function readPages(
  pages: readonly { readonly number: number; readonly spec: PackageRevisionResourcesSpec }[],
): WantedFiles | { readonly problems: readonly ContentsProblem[] } {
  const files = new Map<string, Uint8Array>();
  const placed = new Map<string, number>();
  const problems: ContentsProblem[] = [];
  if (pages.reduce((sum, { spec }) => sum + countFiles(spec), 0) > MAX_ENTRIES) return { problems: [TOO_MANY_FILES] };
  for (const { number, spec } of pages) {
    for (const file of shownFiles(spec)) {
      const report = (reason: ContentsProblem["reason"], problem: string) =>
        problems.push({ reason, message: `${JSON.stringify(file.path)} on page ${number} ${problem}` });
      const read = readFile(file);
      if ("problem" in read) {
        report(read.reason, read.problem);
        continue;
      }
      const known = files.get(file.path);
      if (known === undefined) {
        files.set(file.path, read.bytes);
        placed.set(file.path, number);
      } else if (!sameBytes(known, read.bytes)) {
        report("DuplicatePath", `is also on page ${placed.get(file.path)}, with different contents`);
      }
    }
  }
  return problems.length > 0 ? { problems } : { files, placed };
}

function readFile(
  file: ShownFile,
): { readonly bytes: Uint8Array } | { readonly reason: ContentsProblem["reason"]; readonly problem: string } {
  const pathProblem = filePathProblem(file.path);
  if (pathProblem !== undefined) return { reason: "InvalidPath", problem: pathProblem };
  // If committed, it could not be shown again. A character takes at most six bytes of JSON, so most files need no
  // count.
  if (file.path.length + file.value.length >= MAX_SHOWN / 6 - 1 && jsonSize(file) > MAX_SHOWN) {
    const problem = `takes more than ${MAX_SHOWN} bytes of JSON: push it to the draft's branch with git instead`;
    return { reason: "FileTooLarge", problem };
  }
  const bytes = decode(file);
  return "problem" in bytes ? { reason: "InvalidContent", problem: bytes.problem } : { bytes };
}

function countFiles({ resources = {}, binaryResources = {} }: PackageRevisionResourcesSpec): number {
  return Object.keys(resources).length + Object.keys(binaryResources).length;
}

function shownFiles(spec: PackageRevisionResourcesSpec): readonly ShownFile[] {
  const files = (entries: Readonly<Record<string, string>> | undefined, encoding: ShownFile["encoding"]) =>
    Object.entries(entries ?? {}).map(([path, value]) => ({ path, encoding, value }));
  return [...files(spec.resources, "text"), ...files(spec.binaryResources, "base64")];
}
