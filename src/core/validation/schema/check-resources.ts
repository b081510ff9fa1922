import type { Finding } from "../objects/finding.ts";
import { isToolConfig, type ParsedObject } from "../objects/parse-objects.ts";
import { describeLifecycle, describeUnknownKind } from "./api-lifecycles.ts";
import type { KindSchema, SchemaSet } from "./kind-schema.ts";
import { PatternWorkError, withinPatternWork } from "./linear-reg-exp.ts";
import { isSchema } from "./open-api-schema.ts";
import { cut, type SchemaProblem, schemaProblems } from "./schema-problems.ts";

/** Kubernetes objects, compared with the schemas of their kinds. */
export interface ResourceReport {
  /** In the order of the objects. */
  readonly findings: readonly Finding[];
  /** The number of objects that have a schema. */
  readonly checked: number;
  /** `apiVersion/kind` → number of objects without a schema. */
  readonly withoutSchema: ReadonlyMap<string, number>;
}

/** More are not looked at, in one file. */
const MAX_PROBLEMS = 50;

/**
 * Pure; takes 100 ms for the first Deployment of the process, and is linear in the objects.
 * @param release of Kubernetes, such as `1.31`: its own APIs are those that it serves
 */
export function checkResources(objects: readonly ParsedObject[], schemas: SchemaSet, release?: string): ResourceReport {
  return withinPatternWork(() => compare(objects, schemas, release));
}

function compare(objects: readonly ParsedObject[], schemas: SchemaSet, release: string | undefined): ResourceReport {
  const findings: Finding[] = [];
  const withoutSchema = new Map<string, number>();
  const countByPath = new Map<string, number>();
  let checked = 0;
  for (const object of objects) {
    const { apiVersion, kind, file } = object;
    const schema = schemas(apiVersion, kind);
    if (schema === undefined && isToolConfig(object)) continue;
    if (schema !== undefined && release !== undefined) {
      const problem = describeLifecycle(apiVersion, kind, release);
      if (problem !== undefined) findings.push(toFinding(object, { path: [], ...problem }));
    }
    if (schema === undefined) {
      const type = `${apiVersion}/${kind}`;
      const problem = describeUnknownKind(apiVersion, kind, release);
      if (problem === undefined) withoutSchema.set(type, (withoutSchema.get(type) ?? 0) + 1);
      else findings.push(toFinding(object, { path: [], ...problem }));
      continue;
    }
    checked += 1;
    const count = countByPath.get(file.path) ?? 0;
    const found = problemsOf(object, schema).slice(0, MAX_PROBLEMS - count);
    countByPath.set(file.path, count + found.length);
    findings.push(...found.map((one) => asCertain(toFinding(object, one), schema)));
  }
  return { findings, checked, withoutSchema };
}

function toFinding(object: ParsedObject, { path, severity, message }: SchemaProblem): Finding {
  return {
    object,
    field: path,
    rule: severity === "error" || path.length === 0 ? "schema" : "unknown-field",
    severity,
    message,
  };
}

function asCertain(finding: Finding, { isUncertain }: KindSchema): Finding {
  return isUncertain === true ? { ...finding, severity: "warning" } : finding;
}

function withSource({ message, ...problem }: SchemaProblem, { definedIn }: KindSchema): SchemaProblem {
  return { ...problem, message: definedIn === undefined ? message : `${message} (definition: ${definedIn})` };
}

function problemsOf({ value, kind }: ParsedObject, schema: KindSchema): readonly SchemaProblem[] {
  try {
    return [...nameProblems(value, kind), ...schemaProblems(value, schema).map((one) => withSource(one, schema))];
  } catch (error) {
    const why = error instanceof PatternWorkError ? error.message : "cannot be used";
    const message = `the schema of ${cut(kind)} ${why}: this is not checked`;
    return [withSource({ path: [], severity: "warning", message }, schema)];
  }
}

/** Requests, which have no name, and lists. */
const WITHOUT_NAME = /(Review|List)$/;

function nameProblems({ metadata }: ParsedObject["value"], kind: string): readonly SchemaProblem[] {
  const { name, generateName } = isSchema(metadata) ? metadata : {};
  const isNamed = [name, generateName].some((one) => one !== undefined && one !== null && one !== "");
  return isNamed || WITHOUT_NAME.test(kind)
    ? []
    : [{ path: ["metadata", "name"], severity: "error", message: "metadata.name: is missing" }];
}
