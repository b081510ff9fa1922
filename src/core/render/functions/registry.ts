import { KFORM_VERSION } from "../kform/version.ts";
import { applyReplacements } from "./apply-replacements.ts";
import { applySetters } from "./apply-setters.ts";
import { createSetters } from "./create-setters.ts";
import { ensureNameSubstring } from "./ensure-name-substring.ts";
import { format } from "./format.ts";
import type { KrmFunction } from "./function.ts";
import { kubeval } from "./kubeval.ts";
import { listSetters } from "./list-setters.ts";
import { removeLocalConfigResources } from "./remove-local-config-resources.ts";
import { searchReplace } from "./search-replace.ts";
import { setAnnotations } from "./set-annotations.ts";
import { setImage } from "./set-image.ts";
import { setLabels } from "./set-labels.ts";
import { setNamePrefix } from "./set-name-prefix.ts";
import { setNamespace } from "./set-namespace.ts";
import { STARLARK } from "./starlark.ts";
import { upsertResource } from "./upsert-resource.ts";

/** The functions that are built in. */
const BUILT_IN: readonly KrmFunction[] = [
  applyReplacements,
  applySetters,
  createSetters,
  ensureNameSubstring,
  format,
  kubeval,
  listSetters,
  removeLocalConfigResources,
  searchReplace,
  setAnnotations,
  setImage,
  setLabels,
  setNamePrefix,
  setNamespace,
  upsertResource,
];

/** By their names in the kpt function catalog, sorted. */
export const FUNCTION_NAMES: readonly string[] = [...BUILT_IN.map(({ name }) => name), STARLARK].sort();

/** `name@version` of each, and of the language of kform blocks. */
export const FUNCTION_VERSIONS: ReadonlySet<string> = new Set([
  ...BUILT_IN.map(({ name, version }) => `${name}@${version}`),
  KFORM_VERSION,
]);

const BY_NAME: ReadonlyMap<string, KrmFunction> = new Map(BUILT_IN.map((one) => [one.name, one] as const));

/** Folders of registries that hold the kpt function catalog, and mirrors of them. */
const CATALOG_FOLDERS: ReadonlySet<string> = new Set(["kpt-fn", "kpt-fn-contrib", "krm-functions-catalog"]);

/** The built-in function for an image; undefined without one. */
export function findBuiltIn(image: string): KrmFunction | undefined {
  const name = catalogName(image);
  return name === undefined ? undefined : BY_NAME.get(name);
}

/**
 * The name of a function of the kpt function catalog: by every registry, tag and digest, and names without a registry,
 * for which kpt takes its own. Undefined for other images.
 */
export function catalogName(image: string): string | undefined {
  const parts = image.replace(/@.*$/s, "").split("/");
  const name = parts.at(-1)?.replace(/:.*$/s, "") ?? "";
  const folder = parts.at(-2);
  return folder === undefined || CATALOG_FOLDERS.has(folder) ? name : undefined;
}
