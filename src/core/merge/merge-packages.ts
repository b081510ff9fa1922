import { firstOf, type SchemaSet } from "../validation/schema/kind-schema.ts";
import { bundledSchemas } from "../validation/schema/schema-set.ts";
import { type ConflictLimits, ConflictLog, type MergeConflict } from "./conflicts.ts";
import { independentPackages } from "./independent-packages.ts";
import { mergeDocuments } from "./merge-documents.ts";
import { mergeOtherFiles } from "./merge-other-files.ts";
import { TextMerger } from "./merge-text.ts";
import { findBasePaths } from "./moved-files.ts";
import { definedSchemas } from "./package-crds.ts";
import { differingPaths, type FileMap, isRendered, readSides, withoutRendered } from "./package-side.ts";

import { describeLocalChanges, keptFiles, localFor, type MergeStrategy } from "./strategies.ts";
import type { Three } from "./three.ts";
import { hasNewClashes, withoutClashes } from "./without-clashes.ts";

export interface MergeLimits extends ConflictLimits {
  /** Bytes of the files of one side. */
  readonly bytes: number;
  /** Documents of one side that are compared. */
  readonly documents: number;
}

export const DEFAULT_MERGE_LIMITS: MergeLimits = {
  conflicts: 100,
  value: 1_000,
  bytes: 64 * 1024 * 1024,
  documents: 20_000,
};

export interface MergeOptions {
  /** `resource-merge` if it is not given. */
  readonly strategy?: MergeStrategy;
  /** Of kinds that are neither built in nor defined by the packages. */
  readonly schemas?: SchemaSet;
  readonly limits?: Partial<MergeLimits>;
}

/** Why nothing was merged. */
export interface MergeFailure {
  readonly reason: "LimitExceeded" | "LocalChanges";
  readonly message: string;
}

export interface PackageMerge {
  /** All files of the result; those of the local side after a failure. */
  readonly files: FileMap;
  /** The first ones, sorted by file. */
  readonly conflicts: readonly MergeConflict[];
  /** All of them. */
  readonly conflictCount: number;
  readonly failure?: MergeFailure;
}

/**
 * Merges a new upstream into a package that was made from the old one. Where both sides have changed the same thing in
 * different ways, the result has what the local side has, and a conflict tells it. Never throws for what is in files.
 * Takes seconds for a large package: run it in a worker process.
 */
export function mergePackages(files: Three<FileMap>, options: MergeOptions = {}): PackageMerge {
  const { strategy = "resource-merge" } = options;
  const limits = { ...DEFAULT_MERGE_LIMITS, ...options.limits };
  const failed = (reason: MergeFailure["reason"], message: string): PackageMerge => {
    return { files: files.local, conflicts: [], conflictCount: 0, failure: { reason, message } };
  };
  const tooLarge = Object.values(files).some((side: FileMap) => sizeOf(side) > limits.bytes);
  if (tooLarge) return failed("LimitExceeded", `one side of the merge has more than ${limits.bytes} bytes`);
  // What is rendered is made again from what is merged.
  const sources = mapSides(files, withoutRendered);
  const changes = strategy === "fast-forward" ? describeLocalChanges(sources) : undefined;
  if (changes !== undefined) return failed("LocalChanges", changes);
  const kept = [
    ...keptFiles(strategy, sources),
    ...[...files.local].filter(([path, bytes]) => isRendered(path, bytes)),
  ];
  const merged = mergeSources({ ...sources, local: localFor(strategy, sources) }, options, limits);
  if (merged === undefined) {
    return failed("LimitExceeded", `one side of the merge has more than ${limits.documents} documents`);
  }
  const { log } = merged;
  const result = withoutClashes(new Map([...kept, ...merged.files]), files, log);
  return { files: result, conflicts: log.conflicts.toSorted(byFile), conflictCount: log.count };
}

interface MergedSources {
  readonly files: FileMap;
  readonly log: ConflictLog;
}

/** Undefined for too many documents. */
function mergeSources(given: Three<FileMap>, options: MergeOptions, limits: MergeLimits): MergedSources | undefined {
  const { schemas = () => undefined } = options;
  const independent = independentPackages(given);
  const isIndependent = (path: string) => independent.some((folder) => path.startsWith(folder));
  const files = mapSides(given, (side) => new Map([...side].filter(([path]) => !isIndependent(path))));
  const paths = differingPaths(files);
  const differing = new Set(paths);
  const basePath = findBasePaths(files);
  const allSchemas = firstOf(definedSchemas(files), schemas, bundledSchemas);
  const same = [...given.local].filter(([path]) => isIndependent(path) || !differing.has(path));
  const encoder = new TextEncoder();
  const attempt = (keepsLocations: boolean): MergedSources | "too many" | "in the way" => {
    // Read again each time: a merge changes the nodes.
    const sides = readSides(files, paths);
    if (Object.values(sides).some(({ documents }) => documents.length > limits.documents)) return "too many";
    const scope = { log: new ConflictLog(limits), texts: new TextMerger(), schemas: allSchemas, keepsLocations };
    const documents = mergeDocuments(sides, basePath, scope);
    const others = mergeOtherFiles(
      mapSides(sides, (side) => side.others),
      basePath,
      scope,
    );
    if (documents === undefined) return "in the way";
    const written = [...documents].map(([path, text]) => [path, encoder.encode(text)] as const);
    const merged = new Map([...same, ...others, ...written]);
    return keepsLocations || !hasNewClashes(merged, given) ? { files: merged, log: scope.log } : "in the way";
  };
  const first = attempt(false);
  // What upstream has moved into the way of another file stays where it was.
  const merged = first === "in the way" ? attempt(true) : first;
  return typeof merged === "string" ? undefined : merged;
}

function mapSides<T, R>({ base, upstream, local }: Three<T>, map: (side: T) => R): Three<R> {
  return { base: map(base), upstream: map(upstream), local: map(local) };
}

function sizeOf(files: FileMap): number {
  return files.values().reduce((sum, { length }) => sum + length, 0);
}

function byFile(a: MergeConflict, b: MergeConflict): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}
