import { blobOid } from "../identity/hash.ts";
import type { ObjectFormat, Oid } from "../identity/oid.ts";
import type { PackageFile } from "./package-file.ts";
import { type ContentsProblem, TOO_MANY_FILES } from "./pages.ts";
import { hasTooManyEntries, pathClashes } from "./path-tree.ts";
import { compareThreeWay } from "./three-way.ts";

export interface FileMerge {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths that both sides changed differently, or that clash with a path of the other side; sorted. */
  readonly conflicts: readonly string[];
}

/** Three-way merge by file of the contents objects (`wanted`) and a pushed branch (`theirs`), from their merge base. */
export function mergeFiles(
  base: readonly PackageFile[],
  theirs: readonly PackageFile[],
  wanted: ReadonlyMap<string, Uint8Array>,
  objectFormat: ObjectFormat,
): FileMerge {
  const oids = new Map(Array.from(wanted, ([path, bytes]) => [path, blobOid(bytes, objectFormat)] as const));
  const pushed = new Map(theirs.map(({ path, bytes }) => [path, bytes] as const));
  const { merged, conflicts } = compareThreeWay(oidsOf(base), oids, oidsOf(theirs));
  const files = new Map<string, Uint8Array>();
  for (const [path, oid] of merged) {
    const bytes = oids.get(path) === oid ? wanted.get(path) : pushed.get(path);
    if (bytes !== undefined) files.set(path, bytes);
  }
  return { files, conflicts };
}

function oidsOf(files: readonly PackageFile[]): ReadonlyMap<string, Oid> {
  return new Map(files.flatMap((file) => (file.bytes === undefined ? [] : [[file.path, file.oid] as const])));
}

/**
 * Too many files, clashes between the wanted files, and with the folder's other contents: files not shown, packages
 * below this one.
 */
export function placeProblems(
  inGit: readonly PackageFile[],
  wanted: ReadonlyMap<string, Uint8Array>,
  nested: readonly string[],
): readonly ContentsProblem[] {
  const problems: ContentsProblem[] = [];
  const report = (path: string, problem: string) =>
    problems.push({ reason: "InvalidPath", message: `${JSON.stringify(path)} ${problem.toWellFormed()}` });
  const hidden = inGit.filter((file) => file.bytes === undefined).map((file) => file.path);
  const tooMany = fileCountProblem([...wanted.keys(), ...hidden, ...nested]);
  if (tooMany !== undefined) return [tooMany];
  for (const path of hidden) {
    if (wanted.has(path)) report(path, "is in Git already as a file that is not shown here (see status.filesNotShown)");
  }
  // Clashes that are in Git already do not block an edit. Sorted paths give equal clashes equal problem texts.
  const clashes = (paths: readonly string[]) => pathClashes(paths.toSorted());
  const known = new Set(clashes(inGit.map((file) => file.path)).map(({ path, problem }) => `${path}\0${problem}`));
  for (const { path, problem } of clashes([...wanted.keys(), ...hidden])) {
    if (!known.has(`${path}\0${problem}`)) report(path, problem);
  }
  const packages = new Set(nested);
  const sorted = nested.toSorted();
  for (const path of wanted.keys()) {
    const owner = packages.has(path) ? path : ancestorsOf(path).find((folder) => packages.has(folder));
    if (owner !== undefined) report(path, `belongs to the package in the folder ${owner}`);
    const above = firstBelow(path, sorted);
    if (above !== undefined) report(path, `is a file, and the package in ${above} needs a folder of that name`);
  }
  return problems;
}

/** The problem of a package with more files and folders than can be read again; undefined if it has fewer. */
export function fileCountProblem(paths: Iterable<string>): ContentsProblem | undefined {
  return hasTooManyEntries(paths) ? TOO_MANY_FILES : undefined;
}

/** `a/b/c` → `a`, `a/b`. */
function ancestorsOf(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** The first of the sorted paths that is below another one, by binary search. */
function firstBelow(path: string, sorted: readonly string[]): string | undefined {
  const prefix = `${path}/`;
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < prefix) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low];
  return found?.startsWith(prefix) === true ? found : undefined;
}
