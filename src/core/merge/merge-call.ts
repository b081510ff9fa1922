import type { PackageFile } from "../files/package-file.ts";
import type { FunctionRuntime } from "../ports/function-runtime.ts";
import { specInputs } from "../render/kform/given.ts";
import { render } from "../render/render.ts";
import type { MergeConflict } from "./conflicts.ts";
import type { MergeFailure } from "./merge-packages.ts";
import { mergeRendered } from "./merge-rendered.ts";
import { joinTrees, type MergedFile, splitTrees } from "./merge-trees.ts";
import type { MergeStrategy } from "./strategies.ts";
import type { Three } from "./three.ts";

/** Three packages that are to be merged. */
export interface MergeCall {
  readonly trees: Three<readonly PackageFile[]>;
  readonly strategy: MergeStrategy;
  /** `spec.inputs` of the package. */
  readonly inputs: readonly object[];
  /** Characters of one value of a conflict. */
  readonly maxValue: number;
}

export interface MergeResult {
  readonly files: readonly MergedFile[];
  /** The first ones. */
  readonly conflicts: readonly MergeConflict[];
  readonly conflictCount: number;
  /** Why nothing was merged. */
  readonly failure?: MergeFailure | { readonly reason: "LimitExceeded" | "ProcessingFailed"; readonly message: string };
}

const MAX_CONFLICTS = 100;

/**
 * Merges packages with symlinks, modes and submodules. Never throws for what is in files. Takes seconds for a large
 * package: it runs in a worker process.
 * @param runtime runs functions that are not built in
 */
export async function mergeTrees(call: MergeCall, runtime?: FunctionRuntime): Promise<MergeResult> {
  const { trees, strategy, inputs, maxValue } = call;
  const split = splitTrees(trees);
  const limits = { conflicts: MAX_CONFLICTS, value: maxValue };
  const merged = await mergeRendered(split.contents, { strategy, limits }, async ({ texts, binaries }) => {
    const given = { binaries, inputs: specInputs(inputs), ...(runtime !== undefined && { runtime }) };
    return await render(texts, given);
  });
  const { failure, conflicts, conflictCount } = merged;
  if (failure !== undefined) return { files: [], conflicts, conflictCount, failure };
  const joined = joinTrees(sidesFor(strategy, trees), split, merged.files);
  return {
    files: joined.files,
    conflicts: [...conflicts, ...joined.conflicts].slice(0, MAX_CONFLICTS),
    conflictCount: conflictCount + joined.conflicts.length,
  };
}

/** Without local changes for the strategies that do not keep them. */
function sidesFor(strategy: MergeStrategy, trees: MergeCall["trees"]): MergeCall["trees"] {
  if (strategy === "resource-merge" || strategy === "fast-forward") return trees;
  const known = new Set([...trees.base, ...trees.upstream].map(({ path }) => path));
  const own = strategy === "copy" ? trees.local.filter(({ path }) => !known.has(path)) : [];
  return { ...trees, local: [...trees.base, ...own] };
}
