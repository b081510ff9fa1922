import { locateFindings } from "../../objects/finding.ts";
import { parseObjects } from "../../objects/parse-objects.ts";
import { checkResources } from "../check-resources.ts";
import { firstOf } from "../kind-schema.ts";
import { packageSchemas } from "../package-schemas.ts";
import { bundledSchemas } from "../schema-set.ts";

const encode = (text: string) => new TextEncoder().encode(text);
/** What is found in files: `path:line:column severity message`. */
export function check(files: Readonly<Record<string, string>>, release?: string) {
  const { objects } = parseObjects(Object.entries(files).map(([path, text]) => [path, encode(text)]));
  const { findings, ...rest } = checkResources(objects, firstOf(packageSchemas(objects), bundledSchemas), release);
  return {
    ...rest,
    found: locateFindings(findings, 100).map(
      ({ path, line, column, severity, message }) => `${path}:${line}:${column} ${severity} ${message}`,
    ),
  };
}
export const found = (text: string) => check({ "a.yaml": text }).found;

export const widget = (spec: unknown, metadata: object = {}) =>
  JSON.stringify({ apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w", ...metadata }, spec });
