import { checkLimit } from "../limits.ts";
import { type PackageFiles, type ReadFiles, readResources } from "../packages.ts";
import type { FileChanges } from "../write-files.ts";
import { hasKformAnnotations, mentionsKform } from "./annotations.ts";
import { KformRun, type RunScope } from "./kform-run.ts";
import { renderedOutputs, writeOutputs } from "./outputs.ts";
import { planBlocks } from "./plan.ts";
import { readBlocks } from "./read-blocks.ts";
import { reportIgnored } from "./report.ts";
import { schemasOf } from "./schemas.ts";

export interface KformScope extends RunScope {
  /** The blocks are only checked. */
  readonly isBlueprint: boolean;
  readonly onBlocks: (count: number) => void;
}

/**
 * Renders the kform blocks of the files at the top of a package into its folder `out`. Without blocks nothing is read
 * and nothing changes. Throws a RenderError.
 */
export function renderKform(files: PackageFiles, scope: KformScope): FileChanges {
  const isTop = (path: string) => !path.includes("/");
  if (![...files.texts].some(([path, text]) => isTop(path) && mentionsKform(text))) return withoutBlocks(files, scope);
  const read: ReadFiles = new Map();
  const resources = readResources({ folder: "" }, (path) => !isTop(path), files, read);
  if (!resources.some(({ root }) => hasKformAnnotations(root))) return withoutBlocks(files, scope);
  checkLimit(scope.limits, "resources", resources.length);
  const found = readBlocks(resources);
  const blocks = found.map(({ block }) => block);
  if (scope.isBlueprint) {
    planBlocks(blocks);
    return { changed: new Map(), removed: [] };
  }
  scope.onBlocks(blocks.length);
  reportIgnored(found, scope.onResult);
  const { planned } = planBlocks(blocks);
  const run = new KformRun(blocks, schemasOf(resources), scope);
  try {
    return writeOutputs(run.evaluate(planned), files, scope.limits);
  } finally {
    run.reportData();
  }
}

/** The outputs of blocks that are all gone are removed. */
function withoutBlocks({ texts }: PackageFiles, scope: KformScope): FileChanges {
  const removed = scope.isBlueprint ? [] : renderedOutputs(texts);
  if (removed.length > 0) scope.onBlocks(0);
  return { changed: new Map(), removed };
}
