import type { FunctionRuntime } from "../ports/function-runtime.ts";
import { RenderError } from "./failure.ts";
import { findFunction } from "./find-function.ts";
import type { Severity } from "./functions/function.ts";
import type { GivenObject } from "./kform/given.ts";
import { isRenderedOutput } from "./kform/outputs.ts";
import { type KformScope, renderKform } from "./kform/render-kform.ts";
import { KFORM_VERSION } from "./kform/version.ts";
import { checkLimit, DEFAULT_LIMITS, MatchBudget, type RenderLimits } from "./limits.ts";
import {
  findPackages,
  isBelow,
  type KptPackage,
  type PackageFiles,
  type ReadFiles,
  readResources,
} from "./packages.ts";
import { type PipelineScope, renderPackage } from "./pipeline.ts";
import type { FunctionResult, FunctionRun, Rendered } from "./rendered.ts";
import type { Resource } from "./resource.ts";
import { type FileChanges, writeFiles } from "./write-files.ts";

export interface RenderOptions {
  /** Paths of the package's files that are no UTF-8 text; nothing is put in their place. */
  readonly binaries?: ReadonlySet<string>;
  readonly limits?: Partial<RenderLimits>;
  /** Objects in the place of the defaults of input blocks, and for data blocks: `spec.inputs`. */
  readonly inputs?: readonly GivenObject[];
  /** Objects for data blocks that the inputs do not have, resolved by the caller. */
  readonly data?: readonly GivenObject[];
  /** What to do about an object that was not given. */
  readonly missingAdvice?: string;
  /** True for a package that others are cloned from: its kform blocks are checked, and rendered in the clones. */
  readonly isBlueprint?: boolean;
  /** Runs functions that are not built in; without it they are FunctionNotAvailable. */
  readonly runtime?: FunctionRuntime;
}

/**
 * Runs the pipelines of the Kptfiles of a package and its subpackages, as `kpt fn render` does, and then renders its
 * kform blocks. Equal files, inputs and versions of functions give equal results. Without either nothing is read and
 * nothing changes. Takes seconds for a large package: run it in a worker process.
 * @param files the text files of the package, by their paths
 */
export async function render(files: ReadonlyMap<string, string>, options: RenderOptions = {}): Promise<Rendered> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const results: FunctionResult[] = [];
  const functions: FunctionRun[] = [];
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  const onResult = (result: FunctionResult) => {
    counts[result.severity]++;
    keepResult(results, result, limits.results);
  };
  const onRun = (run: FunctionRun) => {
    functions.push(run);
    checkLimit(limits, "functions", functions.length);
  };
  let data: Pick<Rendered, "taken" | "missing"> = { taken: [], missing: [] };
  const kform: KformScope = {
    limits,
    inputs: options.inputs ?? [],
    data: options.data ?? [],
    missingAdvice: options.missingAdvice ?? "give it as an input",
    isBlueprint: options.isBlueprint ?? false,
    onResult,
    onBlocks: (resources) => onRun({ package: "", image: "kform", version: KFORM_VERSION, resources }),
    onData: (found) => {
      data = found;
    },
  };
  try {
    const given = { texts: files, binaries: options.binaries ?? new Set<string>() };
    const matching = new MatchBudget(limits);
    const find = (image: string) => findFunction(image, options.runtime);
    const scope = { limits, matching, onResult, onRun, findFunction: find };
    const changes = await renderInTurn(given, scope, kform);
    return { ...changes, results, counts, functions, ...data };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { changed: new Map(), removed: [], results, counts, functions, ...data, failure: error.failure };
  }
}

/** Adds a result, in the place of an information if there are too many: no package hides what its functions find. */
function keepResult(results: FunctionResult[], result: FunctionResult, most: number): void {
  if (results.length >= most) {
    const info = result.severity === "info" ? -1 : results.findLastIndex(({ severity }) => severity === "info");
    if (info === -1) return;
    results.splice(info, 1);
  }
  results.push(result);
}

/**
 * Pipelines first: what they change is what kform blocks are rendered from. They do not get what an earlier render has
 * made of the blocks.
 */
async function renderInTurn({ texts, binaries }: PackageFiles, scope: Scope, kform: KformScope): Promise<FileChanges> {
  const sources = new Map([...texts].filter(([path, text]) => !isRenderedOutput(path, text)));
  const first = await renderFiles({ texts: sources, binaries }, scope);
  const between = new Map([...texts, ...first.changed]);
  for (const path of first.removed) between.delete(path);
  const second = renderKform({ texts: between, binaries }, kform);
  const changed = new Map([...first.changed, ...second.changed]);
  for (const path of second.removed) changed.delete(path);
  const removed = [...first.removed.filter((path) => !changed.has(path)), ...second.removed];
  return { changed, removed: removed.filter((path) => texts.has(path)) };
}

interface Scope {
  readonly limits: RenderLimits;
  readonly matching: MatchBudget;
  readonly onResult: (result: FunctionResult) => void;
  readonly onRun: (run: FunctionRun) => void;
  readonly findFunction: PipelineScope["findFunction"];
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
  const output = await renderPackage(root, { ...scope, readResources: readPackage });
  return writeFiles({ files, read, resources: input }, output, scope.limits);
}
