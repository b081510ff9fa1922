import { RenderError } from "./failure.ts";
import type { Severity } from "./functions/function.ts";
import { findFunction } from "./functions/registry.ts";
import { checkLimit, DEFAULT_LIMITS, type RenderLimits } from "./limits.ts";
import {
  findPackages,
  isBelow,
  type KptPackage,
  type PackageFiles,
  type ReadFiles,
  readResources,
} from "./packages.ts";
import { renderPackage } from "./pipeline.ts";
import type { FunctionResult, FunctionRun, Rendered } from "./rendered.ts";
import type { Resource } from "./resource.ts";
import { type FileChanges, writeFiles } from "./write-files.ts";

export interface RenderOptions {
  /** Paths of the package's files that are no UTF-8 text; nothing is put in their place. */
  readonly binaries?: ReadonlySet<string>;
  readonly limits?: Partial<RenderLimits>;
}

/**
 * Runs the pipelines of the Kptfiles of a package and its subpackages, as `kpt fn render` does. Pure: equal files give
 * equal results. Without a pipeline nothing is read and nothing changes. Takes seconds for a large package: run it in a
 * worker process.
 * @param files the text files of the package, by their paths
 */
export async function render(files: ReadonlyMap<string, string>, options: RenderOptions = {}): Promise<Rendered> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const results: FunctionResult[] = [];
  const functions: FunctionRun[] = [];
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  const onResult = (result: FunctionResult) => {
    counts[result.severity]++;
    if (results.length < limits.results) results.push(result);
  };
  const onRun = (run: FunctionRun) => {
    functions.push(run);
    checkLimit(limits, "functions", functions.length);
  };
  try {
    const scope = { limits, onResult, onRun };
    const changes = await renderFiles({ texts: files, binaries: options.binaries ?? new Set() }, scope);
    return { ...changes, results, counts, functions };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { changed: new Map(), removed: [], results, counts, functions, failure: error.failure };
  }
}

interface Scope {
  readonly limits: RenderLimits;
  readonly onResult: (result: FunctionResult) => void;
  readonly onRun: (run: FunctionRun) => void;
}

async function renderFiles(files: PackageFiles, scope: Scope): Promise<FileChanges> {
  const read: ReadFiles = new Map();
  const root = findPackages(files.texts, read);
  if (root === undefined) return { changed: new Map(), removed: [] };
  const input: Resource[] = [];
  const readPackage = (one: KptPackage) => {
    const isInSubpackage = (path: string) => one.subpackages.some(({ folder }) => isBelow(path, folder));
    const resources = readResources(one, isInSubpackage, files, read);
    input.push(...resources);
    checkLimit(scope.limits, "resources", input.length);
    return resources;
  };
  const output = await renderPackage(root, { ...scope, findFunction, readResources: readPackage });
  return writeFiles({ files, read, resources: input }, output, scope.limits);
}
