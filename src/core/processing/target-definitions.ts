import type { PackageResult } from "../../api/v1alpha1/package-revision-resources.ts";
import { compare } from "../identity/compare.ts";
import { compareKubeVersions } from "../identity/kube-version.ts";
import { isSameJson } from "../identity/same-json.ts";
import type { KindSchema, SchemaSet } from "../validation/schema/kind-schema.ts";
import { bundledSchemas } from "../validation/schema/schema-set.ts";
import { type FileDefinition, fileDefinitions } from "./file-definitions.ts";
import type { FoundDefinitions, PublishedFile } from "./outside-objects.ts";
import { schemaWarning } from "./package-results.ts";
import { MAX_BYTES, MAX_FILES } from "./published-files.ts";

/** The kinds that published packages of a target define. */
export interface TargetDefinitions {
  /** Without built-in kinds: no definition changes what a cluster has built in. */
  readonly schemas: SchemaSet;
  /** What the results that used the schemas until now depend on, and should not. */
  readonly warnings: () => readonly PackageResult[];
}

interface Candidate extends FileDefinition {
  readonly file: PublishedFile;
}

/** Paths that one warning names. */
const MAX_NAMED = 3;

/**
 * Of several definitions of a kind, the one counts that was published last, as far as it serves the version: the
 * cluster has one of them, and tools apply each publication. Then the one with the highest version that is served.
 */
export function targetDefinitions({ files, isTooMuch }: FoundDefinitions): TargetDefinitions {
  const byType = Map.groupBy(candidatesOf(files), ({ type }) => type);
  const chosen = new Map<string, KindSchema>();
  const contested = new Map<string, string>();
  const schemas: SchemaSet = (apiVersion, kind) => {
    const type = `${apiVersion}/${kind}`;
    const known = chosen.get(type);
    if (known !== undefined || bundledSchemas(apiVersion, kind) !== undefined) return known;
    const [best, ...others] = byType.get(type)?.toSorted(byRank) ?? [];
    if (best === undefined) return undefined;
    const different = others.filter(({ schema }) => !isSameJson(schema, best.schema));
    if (different.length > 0) contested.set(type, describeContest(kind, apiVersion, best, different));
    const schema = { ...best.compiled, definedIn: JSON.stringify(best.file.source) };
    chosen.set(type, schema);
    return schema;
  };
  const warnings = () => [...(isTooMuch ? [TOO_MUCH] : []), ...[...contested.values()].map(schemaWarning)];
  return { schemas, warnings };
}

const TOO_MUCH = schemaWarning(
  "published packages of the target define kinds that this package may have in more files than are read " +
    `(${MAX_FILES}, and ${MAX_BYTES / (1024 * 1024)} MiB): its objects are compared with the definitions that were ` +
    "published last",
);

function candidatesOf(files: readonly PublishedFile[]): readonly Candidate[] {
  return files.flatMap((file) => fileDefinitions(file).map((one) => ({ ...one, file })));
}

/** The best one first. */
function byRank(a: Candidate, b: Candidate): number {
  return (
    Number(b.isServed) - Number(a.isServed) ||
    timeOf(b) - timeOf(a) ||
    compareKubeVersions(b.highest ?? "", a.highest ?? "") ||
    compare(a.file.path, b.file.path)
  );
}

/** What nobody has published is as if it were the oldest. */
function timeOf({ file }: Candidate): number {
  return file.publishedAt ?? 0;
}

function describeContest(kind: string, apiVersion: string, best: Candidate, others: readonly Candidate[]): string {
  const sources = [...new Set(others.map(({ file }) => JSON.stringify(file.source)))];
  const more = sources.length > MAX_NAMED ? ` and ${sources.length - MAX_NAMED} more` : "";
  const isLast = others.every((one) => timeOf(best) > timeOf(one));
  return (
    `${kind} of ${apiVersion} is compared with its definition in ${JSON.stringify(best.file.source)}` +
    `${isLast ? ", which was published last" : ""}: another one is in ${sources.slice(0, MAX_NAMED).join(", ")}${more}`
  );
}
