import { sharedSchema } from "../merge/field-schema.ts";
import { matchDocuments } from "../merge/match.ts";
import { KPTFILE_RULES } from "../merge/special-kinds.ts";
import { firstOf, type SchemaSet } from "../validation/schema/kind-schema.ts";
import { bundledSchemas } from "../validation/schema/schema-set.ts";
import { definitionsOf } from "./definitions-of.ts";
import { type FieldChange, findFieldChanges } from "./field-changes.ts";
import { compareFiles, type FilePair, type FilePairKind, kindOf, type ReviewFiles } from "./file-pairs.ts";
import { cutPath, findRisks, type Risks } from "./find-risks.ts";
import { hasOnlyImageVersions } from "./image-versions.ts";
import { isYaml, nameOf, type ResourceName, type ReviewObject, readObjects } from "./read-objects.ts";
import { findRenamedFiles } from "./renamed-files.ts";
import type { ObjectPair } from "./risk.ts";
import { isSameIdentity } from "./rules/objects.ts";

export interface ResourceChange {
  readonly kind: "added" | "changed" | "removed";
  readonly resource: ResourceName;
  readonly file: string;
  /** What it was called before, if that differs. */
  readonly was?: ResourceName;
  /** Of a changed one: the first fields; all of them are counted. */
  readonly fields?: readonly FieldChange[];
  readonly fieldCount?: number;
}

export interface FileChange {
  readonly kind: FilePairKind;
  readonly path: string;
  /** The path before, of a renamed file. */
  readonly was?: string;
}

/** What a reviewer sees of the difference between two packages. */
export interface PackageChange extends Risks {
  readonly resources: readonly ResourceChange[];
  readonly files: readonly FileChange[];
  /** Paths of YAML files whose objects are not compared: they cannot be read, or there is too much. */
  readonly unread: readonly string[];
  /** Files in which something differs, or may differ, that `resources` does not have. Comments do not count. */
  readonly otherFileCount: number;
  /** Nothing differs but tags and digests of images that containers had before. */
  readonly isImageVersions: boolean;
}

/**
 * Compares two packages: files, objects by their identity with the fields that differ, and what is risky. Pure and
 * deterministic; never throws for what is in files. Takes 20 ms for an ordinary package, and up to some seconds for one
 * that changes 4 MiB of YAML, beyond which objects are not compared.
 * @param pairs the files that differ, if they are known
 */
export function comparePackages(
  before: ReviewFiles,
  after: ReviewFiles,
  pairs: readonly FilePair[] = compareFiles(before, after),
): PackageChange {
  const { before: was, after: now, unread, mixed } = readObjects(pairs);
  const moved = new Map(pairs.flatMap(({ path, was: old }) => (old === undefined ? [] : [[path, old] as const])));
  const objects = pairObjects(was, now, (path) => moved.get(path) ?? path);
  const schemas = firstOf(bundledSchemas, definitionsOf(before, after));
  const changes = objects.map((pair) => ({ pair, change: changeOf(pair, schemas) }));
  const risks = findRisks(objects, pairs, { before });
  const otherFileCount = countOtherFiles(pairs, objects, new Set([...unread, ...mixed]));
  return {
    ...risks,
    resources: changes.flatMap(({ change }) => change ?? []).toSorted(byPlace),
    files: fileChanges(pairs, findRenamedFiles(pairs, objects)),
    unread: unread.map(cutPath),
    otherFileCount,
    isImageVersions: otherFileCount === 0 && hasOnlyImageVersions(risks.count, pairs, changes),
  };
}

/**
 * Files that have another path, are no YAML, have more than objects, one that was in another file, or objects of one
 * name in another order: of two, a tool applies the last one.
 */
function countOtherFiles(
  pairs: readonly FilePair[],
  objects: readonly ObjectPair[],
  others: ReadonlySet<string>,
): number {
  const moved = objects.flatMap(({ before, after }) => {
    return before === undefined || after === undefined || before.path === after.path ? [] : [before.path, after.path];
  });
  const paths = new Set([...moved, ...reorderedFiles(objects)]);
  const isOther = ({ path, was }: FilePair) =>
    was !== undefined || !isYaml(path) || others.has(path) || paths.has(path);
  return pairs.filter(isOther).length;
}

/** The namespace does not count: it may be the default one on one side. */
function reorderedFiles(objects: readonly ObjectPair[]): readonly string[] {
  const last = new Map<string, number>();
  const inPlace = objects.filter(({ before, after }) => before !== undefined && before.path === after?.path);
  const sorted = inPlace.toSorted((a, b) => (a.after?.index ?? 0) - (b.after?.index ?? 0));
  return sorted.flatMap(({ before, after }) => {
    if (before === undefined || after === undefined) return [];
    const { path, object } = after;
    const key = JSON.stringify([path, object.kind, object.name]);
    const isBehind = before.index > (last.get(key) ?? -1);
    last.set(key, before.index);
    return isBehind ? [] : [path];
  });
}

function fileChanges(pairs: readonly FilePair[], renamed: ReadonlyMap<string, string>): readonly FileChange[] {
  const gone = new Set(renamed.values());
  return pairs.flatMap((pair): readonly FileChange[] => {
    const path = cutPath(pair.path);
    const was = pair.was ?? renamed.get(pair.path);
    if (was !== undefined) return [{ kind: "renamed", path, was: cutPath(was) }];
    return gone.has(pair.path) ? [] : [{ kind: kindOf(pair), path }];
  });
}

/** The objects that belong together. As in a merge without an upstream. */
function pairObjects(
  before: readonly ReviewObject[],
  after: readonly ReviewObject[],
  basePath: (path: string) => string,
): readonly ObjectPair[] {
  const sides = { base: before, upstream: [], local: after };
  return matchDocuments(sides, { upstream: basePath, local: basePath }).map(({ base, local }) => {
    return { before: base, after: local };
  });
}

function changeOf({ before, after }: ObjectPair, schemas: SchemaSet): ResourceChange | undefined {
  if (before === undefined || after === undefined) {
    const one = after ?? before;
    if (one === undefined) return undefined;
    return { kind: before === undefined ? "added" : "removed", resource: nameOf(one), file: cutPath(one.path) };
  }
  const types = [before, after].map(({ apiVersion, object }) => ({ apiVersion, kind: object.kind }));
  const { kind } = after.object;
  const { fields, count } = findFieldChanges(before.root, after.root, {
    kind: before.object.kind === "Secret" ? "Secret" : kind,
    schema: kind === "Kptfile" ? undefined : sharedSchema(types, schemas),
    ...(kind === "Kptfile" && KPTFILE_RULES.itemKeys && { itemKeys: KPTFILE_RULES.itemKeys }),
  });
  if (count === 0) return undefined;
  const was = isSameIdentity(before, after) ? {} : { was: nameOf(before) };
  return { kind: "changed", resource: nameOf(after), file: cutPath(after.path), ...was, fields, fieldCount: count };
}

/** By file, then by name, so that the order of documents in a file does not count. */
function byPlace(a: ResourceChange, b: ResourceChange): number {
  const [one, other] = [a, b].map(({ file, resource }) => {
    return [file, resource.kind, resource.namespace ?? "", resource.name, resource.apiVersion].join("\0");
  });
  return (one ?? "") < (other ?? "") ? -1 : one === other ? 0 : 1;
}
