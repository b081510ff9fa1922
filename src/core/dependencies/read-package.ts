import { compare } from "../identity/compare.ts";
import { OUTPUT_FOLDER } from "../render/kform/outputs.ts";
import { yamlCheck } from "../validation/checks/yaml.ts";
import { ExcludedFiles } from "../validation/ignore/ignore-file.ts";
import { KFORM_PREFIX, withoutBlocks } from "../validation/objects/kform-blocks.ts";
import { isToolConfig, type ParsedObject, parseObjects } from "../validation/objects/parse-objects.ts";
import { isSchema } from "../validation/schema/open-api-schema.ts";
import { findOffers } from "./find-offers.ts";
import { findPackages, isOwnKind, isPackageDependency } from "./find-packages.ts";
import { findRules } from "./find-rules.ts";
import { apiVersionParts, isToolKind } from "./group-version.ts";
import type { KindNeed, PackageApis, RuleNeed } from "./package-apis.ts";
import type { PackageObject } from "./package-object.ts";

/** Of each list. */
const MAX_ENTRIES = 2000;
/** Files that are named for one need, and unreadable ones. */
const MAX_FILES = 8;
/** In place of a file, for `spec.inputs`. */
export const INPUTS = "spec.inputs";

/**
 * What a package offers and needs, from its files after a render. Takes as long as reading them; never throws.
 * @param inputs `spec.inputs` of the package revision, which may have PackageDependencies
 * @param notShown paths of files whose bytes are not known
 */
export function readPackageApis(
  files: Iterable<readonly [path: string, bytes: Uint8Array]>,
  inputs: readonly object[] = [],
  notShown: readonly string[] = [],
): PackageApis {
  const all = [...files];
  const excluded = new ExcludedFiles(all.map(([path, bytes]) => ({ path, bytes })));
  const { objects: parsed, unreadable } = parseObjects(all.filter(([path]) => !excluded.has(path)));
  const applied = appliedObjects(parsed).map(toPackageObject);
  const claims = [...parsed.map(toPackageObject), ...inputs.flatMap(toInput)].filter(isPackageDependency);
  const offers = findOffers(applied).sort((a, b) => compare(keyOf(a), keyOf(b)));
  const kinds = findKinds(applied);
  const rules = mergeFiles<RuleNeed>(applied.flatMap(findRules), ({ group, resource, role }) => [
    group,
    resource,
    role,
  ]);
  const packages = [...applied, ...claims].flatMap(findPackages).sort((a, b) => compare(keyOf(a), keyOf(b)));
  const lists = [offers, kinds, rules, packages];
  return {
    offers: offers.slice(0, MAX_ENTRIES),
    kinds: kinds.slice(0, MAX_ENTRIES),
    rules: rules.slice(0, MAX_ENTRIES),
    packages: packages.slice(0, MAX_ENTRIES),
    omitted: lists.reduce((sum, { length }) => sum + Math.max(0, length - MAX_ENTRIES), 0),
    unreadable: [...unreadable, ...notShown.filter(yamlCheck.applies)].sort(compare).slice(0, MAX_FILES),
  };
}

/** What a cluster gets. What blocks make is in files after a render; of a blueprint, the blocks say it. */
function appliedObjects(parsed: readonly ParsedObject[]): readonly ParsedObject[] {
  const { objects } = withoutBlocks(parsed);
  const isRendered = objects.some(({ file }) => file.path.startsWith(`${OUTPUT_FOLDER}/`));
  const own = new Set(objects);
  const blocks = isRendered ? [] : parsed.filter((one) => !own.has(one) && isResourceBlock(one));
  return [...objects.filter((one) => !isToolConfig(one)), ...blocks];
}

/** Both spellings that the package language takes. */
const BLOCK_TYPES = ["block-type", "block_type"].map((name) => `${KFORM_PREFIX}${name}`);

function isResourceBlock({ value: { metadata } }: ParsedObject): boolean {
  const annotations = isSchema(metadata) ? metadata.annotations : undefined;
  return isSchema(annotations) && BLOCK_TYPES.some((name) => annotations[name] === "resource");
}

function toPackageObject({ file, apiVersion, kind, value }: ParsedObject): PackageObject {
  return { path: file.path, apiVersion, kind, value };
}

function toInput(value: object): readonly PackageObject[] {
  if (!isSchema(value) || typeof value.apiVersion !== "string" || typeof value.kind !== "string") return [];
  return [{ path: INPUTS, apiVersion: value.apiVersion, kind: value.kind, value }];
}

function findKinds(objects: readonly PackageObject[]): readonly KindNeed[] {
  const needs = objects.flatMap(({ apiVersion, kind, path }) => {
    const parts = apiVersionParts(apiVersion, kind);
    return parts === undefined || isToolKind(parts.group, kind) || isOwnKind(parts.group, kind)
      ? []
      : [{ ...parts, kind, files: [path] }];
  });
  return mergeFiles<KindNeed>(needs, ({ group, version, kind }) => [group, kind, version]);
}

function mergeFiles<T extends { readonly files: readonly string[] }>(
  needs: readonly T[],
  identity: (need: T) => readonly string[],
): readonly T[] {
  const groups = Map.groupBy(needs, (need) => JSON.stringify(identity(need)));
  return [...groups]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([, [first, ...rest]]) => {
      if (first === undefined) return [];
      const files = new Set([first, ...rest].flatMap((need) => need.files));
      return [{ ...first, files: [...files].sort(compare).slice(0, MAX_FILES) }];
    });
}

function keyOf(value: object): string {
  return JSON.stringify(Object.values(value));
}
