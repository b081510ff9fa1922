import type { PackageChanges } from "../../api/v1alpha1/package-changes.ts";
import type { PackageFile } from "../files/package-file.ts";
import { boundChange } from "./bound-change.ts";
import { comparePackages } from "./compare-packages.ts";
import { compareFiles, type ReviewFile, type ReviewFiles } from "./file-pairs.ts";

/** What a worker process needs, beside the files that it has, to compare a package with the revision before it. */
export interface ReviewCall {
  /** Files of that revision that are others now, or gone. */
  readonly before: ReviewFiles;
  /** Paths that it does not have. */
  readonly added: ReadonlySet<string>;
  /** Files of the package that differ, and that the worker process does not have. */
  readonly after: ReviewFiles;
  /** There is no revision before it. */
  readonly isFirst: boolean;
}

/** Bytes of one side that are sent. What is more is compared by the ids of its objects in Git. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * @param before the files of the revision before; undefined if there is none
 * @param isSent true for the path of a file of the package that the worker process has
 */
export function reviewCall(
  before: readonly PackageFile[] | undefined,
  after: readonly PackageFile[],
  isSent: (path: string) => boolean,
): ReviewCall {
  const [old, now] = [before ?? [], after].map((files) => new Map(files.map((file) => [file.path, file] as const)));
  const differs = ({ path, oid }: PackageFile, other: ReadonlyMap<string, PackageFile> | undefined) =>
    other?.get(path)?.oid !== oid;
  return {
    before: asReviewFiles([...(old?.values() ?? [])].filter((file) => differs(file, now))),
    added: new Set(after.flatMap(({ path }) => (old?.has(path) === true ? [] : [path]))),
    after: asReviewFiles(
      after.filter((file) => differs(file, old) && (file.bytes === undefined || !isSent(file.path))),
    ),
    isFirst: before === undefined,
  };
}

function asReviewFiles(files: readonly PackageFile[]): ReviewFiles {
  let left = MAX_BYTES;
  return new Map(
    files.map(({ path, oid, bytes, size = bytes?.length }): readonly [string, ReviewFile] => {
      left -= bytes?.length ?? 0;
      // A copy: the bytes from Git are a view of a larger buffer, all of which would be sent.
      if (bytes !== undefined && left >= 0) return [path, new Uint8Array(bytes)];
      return [path, { object: oid, ...(size !== undefined && { size }) }];
    }),
  );
}

/**
 * Compares a package with the revision before it. Takes up to some seconds: it runs in a worker process.
 * @param given the files that were sent
 * @param result the same after a render
 */
export function reviewPackage(
  { before, added, after, isFirst }: ReviewCall,
  given: ReadonlyMap<string, Uint8Array>,
  result: ReadonlyMap<string, Uint8Array>,
): PackageChanges {
  const same = [...given].filter(([path]) => !added.has(path) && !before.has(path));
  const [old, now] = [new Map<string, ReviewFile>([...same, ...before]), new Map([...result, ...after])];
  const pairs = compareFiles(old, now);
  // Of a first revision the diff would be all of its files once more.
  return boundChange(comparePackages(old, now, pairs), isFirst ? undefined : pairs);
}
