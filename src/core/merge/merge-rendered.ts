import { utf8Text } from "../files/utf8-text.ts";
import { RenderError } from "../render/failure.ts";
import { KPTFILE } from "../render/kptfile.ts";
import { findPackages, join, type KptPackage, type PackageFiles } from "../render/packages.ts";
import type { Rendered } from "../render/rendered.ts";
import { type MergeOptions, mergePackages, type PackageMerge } from "./merge-packages.ts";
import type { FileMap } from "./package-side.ts";
import type { Three } from "./three.ts";

/** Renders the files of a package; never throws for what is in them. */
export type RenderPackage = (files: PackageFiles) => Promise<Pick<Rendered, "changed" | "removed" | "failure">>;

/**
 * Merges packages whose resources a pipeline has changed in place. What the pipeline of the local package makes of the
 * base is no local change: if there are conflicts, base and upstream are rendered as the local package is, and merged
 * again. As {@link mergePackages} if nothing is rendered, or a render fails.
 */
export async function mergeRendered(
  files: Three<FileMap>,
  options: MergeOptions,
  render: RenderPackage,
): Promise<PackageMerge> {
  const merged = mergePackages(files, options);
  const isMerge = (options.strategy ?? "resource-merge") === "resource-merge";
  if (merged.conflictCount === 0 || !isMerge) return merged;
  const base = await renderAs(files.base, files.local, render);
  // The pipeline that will run: its functions and their configurations have been merged.
  const upstream = await renderAs(files.upstream, merged.files, render);
  if (base === undefined || upstream === undefined) return merged;
  return mergePackages({ base, upstream, local: files.local }, options);
}

/**
 * The files after a render with the pipelines of another package, whose Kptfiles and configurations are left out: what
 * is compared of these is what they were. Undefined if they cannot be rendered.
 */
async function renderAs(files: FileMap, other: FileMap, render: RenderPackage): Promise<FileMap | undefined> {
  const inputs = inputPaths(other);
  if (inputs === undefined) return undefined;
  const given = new Map(files);
  for (const path of inputs) {
    const bytes = other.get(path);
    if (bytes !== undefined) given.set(path, bytes);
  }
  const { changed, removed, failure } = await render(asTexts(given));
  if (failure !== undefined) return undefined;
  const result = new Map(files);
  const isInput = new Set(inputs);
  const encoder = new TextEncoder();
  for (const [path, text] of changed) if (!isInput.has(path)) result.set(path, encoder.encode(text));
  for (const path of removed) if (!isInput.has(path)) result.delete(path);
  return result;
}

/** The Kptfiles of a package and the configurations of their functions. Undefined if there are no functions. */
function inputPaths(files: FileMap): readonly string[] | undefined {
  try {
    const root = findPackages(asTexts(files).texts, new Map());
    return root?.isRendered === true || root?.subpackages.some(({ isRendered }) => isRendered) === true
      ? inputsOf(root)
      : undefined;
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return undefined;
  }
}

function inputsOf({ folder, pipeline, subpackages }: KptPackage): readonly string[] {
  const configs = [...pipeline.mutators, ...pipeline.validators].flatMap(({ configPath }) => configPath ?? []);
  return [KPTFILE, ...configs].map((path) => join(folder, path)).concat(subpackages.flatMap(inputsOf));
}

function asTexts(files: FileMap): PackageFiles {
  const texts = new Map<string, string>();
  const binaries = new Set<string>();
  for (const [path, bytes] of files) {
    const text = bytes.includes(0) ? undefined : utf8Text(bytes);
    if (text === undefined) binaries.add(path);
    else texts.set(path, text);
  }
  return { texts, binaries };
}
