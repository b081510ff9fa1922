import type { YAMLMap } from "yaml";
import { describeUnknownKind } from "../../validation/schema/api-lifecycles.ts";
import { firstOf, type KindSchema } from "../../validation/schema/kind-schema.ts";
import { formatFieldPath } from "../../validation/schema/locate-field.ts";
import { packageSchemas } from "../../validation/schema/package-schemas.ts";
import { type SchemaProblem, schemaProblems } from "../../validation/schema/schema-problems.ts";
import { bundledSchemas, KUBERNETES_RELEASE } from "../../validation/schema/schema-set.ts";
import { plainValue } from "../external/to-json.ts";
import { isLocalConfig, metaOf } from "../resource.ts";
import { dataOf, requireConfig } from "./config.ts";
import { type FunctionCall, FunctionError, type FunctionReport, type KrmFunction } from "./function.ts";

/** Compares objects with the schemas of Kubernetes and of the package's CustomResourceDefinitions. */
export const kubeval: KrmFunction = { name: "kubeval", version: `3-kubernetes-${KUBERNETES_RELEASE}`, run };

/** Of the catalog's function, which reads schemas from files and URLs. */
const LOCATIONS = ["schema_location", "additional_schema_locations"] as const;
const KPT_GROUP = /^kpt\.dev\//;

interface Settings {
  /** Unknown fields are errors. */
  readonly isStrict: boolean;
  readonly ignoresMissing: boolean;
  readonly skippedKinds: ReadonlySet<string>;
}

function run({ items, config, report }: FunctionCall): void {
  const settings = readSettings(config);
  const objects = items.map((resource) => ({ resource, ...metaOf(resource.root), value: plainValue(resource.root) }));
  const schemas = firstOf(bundledSchemas, packageSchemas(objects));
  for (const { resource, apiVersion, kind, value } of objects) {
    if (settings.skippedKinds.has(kind) || isLocalConfig(resource.root) || KPT_GROUP.test(apiVersion)) continue;
    const schema = schemas(apiVersion, kind);
    const found = schema === undefined ? missingSchema(apiVersion, kind, settings) : compare(value, schema, settings);
    for (const one of found) report({ ...one, resource });
  }
}

function readSettings(config: YAMLMap | undefined): Settings {
  const data = config === undefined ? new Map<string, string>() : dataOf(requireConfig(config, "Kubeval"));
  for (const key of LOCATIONS) {
    if ((data.get(key) ?? "") === "") continue;
    const known = `Kubernetes ${KUBERNETES_RELEASE} and the package's own CustomResourceDefinitions`;
    throw new FunctionError(`takes no ${key}: the schemas are those of ${known}`, { field: `data.${key}` });
  }
  return {
    isStrict: readFlag(data, "strict"),
    ignoresMissing: readFlag(data, "ignore_missing_schemas"),
    skippedKinds: new Set((data.get("skip_kinds") ?? "").split(",").map((kind) => kind.trim())),
  };
}

function readFlag(data: ReadonlyMap<string, string>, key: string): boolean {
  const text = data.get(key) ?? "false";
  if (text === "true" || text === "false") return text === "true";
  throw new FunctionError(`takes true or false as ${key}`, { field: `data.${key}` });
}

type Found = Omit<FunctionReport, "resource">;

function missingSchema(apiVersion: string, kind: string, { ignoresMissing }: Settings): readonly Found[] {
  const removed = describeUnknownKind(apiVersion, kind);
  if (removed !== undefined) return [{ severity: "error", message: removed.message }];
  if (ignoresMissing) return [];
  const advice = "skip_kinds and ignore_missing_schemas leave such objects out";
  return [{ severity: "error", message: `there is no schema of ${apiVersion}/${kind}; ${advice}` }];
}

function compare(
  value: Readonly<Record<string, unknown>>,
  schema: KindSchema,
  { isStrict }: Settings,
): readonly Found[] {
  return problemsOf(value, schema)
    .filter(({ severity }) => severity === "error" || isStrict)
    .map(({ path, message }) => ({
      severity: "error",
      message,
      ...(path.length > 0 && { field: formatFieldPath(path) }),
    }));
}

function problemsOf(value: Readonly<Record<string, unknown>>, schema: KindSchema): readonly SchemaProblem[] {
  try {
    return schemaProblems(value, schema);
  } catch {
    // As validation, which says so.
    return [];
  }
}
