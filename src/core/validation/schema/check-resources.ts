import { type Document, isMap } from "yaml";
import type { FileProblem } from "../../../api/v1alpha1/package-revision-resources.ts";
import { yamlCheck } from "../checks/yaml.ts";
import { locate } from "../text-position.ts";
import { readYaml } from "../yaml/check-yaml.ts";
import { objectNodes } from "../yaml/object-nodes.ts";
import { offsetOfField } from "./locate-field.ts";
import { isSchema } from "./open-api-schema.ts";
import { describeUnknownKind } from "./removed-apis.ts";
import { type SchemaProblem, schemaProblems } from "./schema-problems.ts";
import { customSchema, findBuiltInSchema, type KindSchema } from "./schema-set.ts";

/** A problem of one Kubernetes object of a package. */
export interface ResourceProblem extends FileProblem {
  readonly severity: SchemaProblem["severity"];
}

/** The Kubernetes objects of a package, compared with the schemas of their kinds. */
export interface ResourceReport {
  /** By path, then in the order of the file. */
  readonly problems: readonly ResourceProblem[];
  /** The number of objects that have a schema. */
  readonly checked: number;
  /** `apiVersion/kind` → number of objects without a schema. */
  readonly withoutSchema: ReadonlyMap<string, number>;
}

interface ParsedObject {
  readonly path: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly node: unknown;
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const CRD = "apiextensions.k8s.io/v1/CustomResourceDefinition";
/** Of the configuration of tools, which no cluster gets. */
const LOCAL_CONFIG = "config.kubernetes.io/local-config";
/** More are not looked at, in one file. */
const MAX_PROBLEMS = 50;

/**
 * Compares the objects in a package's YAML files with the schemas of the package's CustomResourceDefinitions, and of
 * the built-in kinds. Files that are no YAML are left out: `FILE_CHECKS` report them. Pure; takes about as long as
 * reading the files, and 100 ms for the first Deployment of the process.
 */
export function checkResources(files: Iterable<readonly [path: string, bytes: Uint8Array]>): ResourceReport {
  const objects = [...files].filter(([path]) => yamlCheck.applies(path)).flatMap(parseObjects);
  const custom = new Map<string, KindSchema>();
  for (const object of objects)
    for (const [type, schema] of definedKinds(object)) custom.set(type, customSchema(schema));
  const problems: ResourceProblem[] = [];
  const withoutSchema = new Map<string, number>();
  const countByPath = new Map<string, number>();
  let checked = 0;
  for (const object of objects) {
    const type = typeOf(object);
    const schema = custom.get(type) ?? findBuiltInSchema(object.apiVersion, object.kind);
    if (schema === undefined && isLocalConfig(object)) continue;
    if (schema === undefined) {
      const problem = describeUnknownKind(object.apiVersion, object.kind);
      if (problem === undefined) withoutSchema.set(type, (withoutSchema.get(type) ?? 0) + 1);
      else problems.push(problemAt(object, { path: [], ...problem }));
      continue;
    }
    checked += 1;
    const count = countByPath.get(object.path) ?? 0;
    const found = problemsOf(object, schema).slice(0, MAX_PROBLEMS - count);
    countByPath.set(object.path, count + found.length);
    problems.push(...found);
  }
  return { problems: problems.toSorted(byPlace), checked, withoutSchema };
}

function parseObjects([path, bytes]: readonly [string, Uint8Array]): readonly ParsedObject[] {
  const read = readYaml(bytes);
  if (!("documents" in read)) return [];
  const { text } = read;
  return read.documents.flatMap((document) =>
    objectNodes(document).flatMap((node) => {
      // Aliases have been weighed.
      const value: unknown = isMap(node) ? node.toJS(document, { maxAliasCount: -1 }) : undefined;
      if (!isSchema(value) || typeof value.apiVersion !== "string" || typeof value.kind !== "string") return [];
      return [{ path, text, document, node, apiVersion: value.apiVersion, kind: value.kind, value }];
    }),
  );
}

function typeOf({ apiVersion, kind }: Pick<ParsedObject, "apiVersion" | "kind">): string {
  return `${apiVersion}/${kind}`;
}

/** `apiVersion/kind` and schema of each version that a CustomResourceDefinition defines. */
function definedKinds(object: ParsedObject): readonly (readonly [string, Readonly<Record<string, unknown>>])[] {
  const { spec } = object.value;
  if (typeOf(object) !== CRD || !isSchema(spec) || !isSchema(spec.names) || !Array.isArray(spec.versions)) return [];
  const { group, names } = spec;
  return spec.versions.flatMap((version: unknown) => {
    const schema = isSchema(version) && isSchema(version.schema) ? version.schema.openAPIV3Schema : undefined;
    if (!isSchema(version) || !isSchema(schema)) return [];
    return [[typeOf({ apiVersion: `${group}/${version.name}`, kind: String(names.kind) }), schema] as const];
  });
}

function isLocalConfig({ value, kind }: ParsedObject): boolean {
  const annotations = isSchema(value.metadata) ? value.metadata.annotations : undefined;
  return kind === "Kptfile" || (isSchema(annotations) && annotations[LOCAL_CONFIG] === "true");
}

function problemsOf(object: ParsedObject, schema: KindSchema): readonly ResourceProblem[] {
  return schemaProblemsOf(object, schema).map((problem) => problemAt(object, problem));
}

function problemAt(
  { path, text, document, node }: ParsedObject,
  { path: field, severity, message }: SchemaProblem,
): ResourceProblem {
  return { path, ...locate(text, offsetOfField(document, node, field)), message, severity };
}

function schemaProblemsOf({ value }: ParsedObject, schema: KindSchema): readonly SchemaProblem[] {
  try {
    return schemaProblems(value, schema);
  } catch {
    const message =
      "the CustomResourceDefinition in this package has a schema that cannot be used: this is not checked";
    return [{ path: [], severity: "warning", message }];
  }
}

function byPlace(a: ResourceProblem, b: ResourceProblem): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
