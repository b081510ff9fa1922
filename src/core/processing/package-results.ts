import type { PackageResult } from "../../api/v1alpha1/package-revision-resources.ts";
import type { RenderFailure } from "../render/failure.ts";
import type { FunctionResult } from "../render/rendered.ts";
import type { ObjectProblem } from "../validation/objects/finding.ts";
import type { PolicyProblem } from "../validation/policy/compile-policy.ts";

/** The limits of the schema. */
const MAX = { source: 256, message: 512, path: 1024, resource: 512, field: 512 } as const;

/** The source of a failure that is no function's. */
const RENDER = "render";

/** Nothing for an information: what a function counts differs the second time that it runs on the same files. */
export function functionResult(result: FunctionResult): readonly PackageResult[] {
  const { severity, message, function: source, file, line, resource, field } = result;
  if (severity === "info") return [];
  const named = resource && nameOf(resource);
  return [bounded({ severity, source, message, path: file, line, resource: named, field })];
}

export function failureResult({ message, function: name = RENDER, file, line, column, field }: RenderFailure) {
  return bounded({ severity: "error", source: name, message, path: file, line, column, field });
}

export function validationResult({ severity, rule, message, path, line, column }: ObjectProblem): PackageResult {
  return bounded({ severity, source: rule, message, path, line, column });
}

export function schemaWarning(message: string): PackageResult {
  return bounded({ severity: "warning", source: "schema", message });
}

/** Of a policy that cannot be evaluated. */
export function policyResult({ policy, message, severity }: PolicyProblem): PackageResult {
  return bounded({ severity, source: `policy/${policy}`, message });
}

/** `KIND.GROUP [NAMESPACE/]NAME`, as identifiers of resources have it. */
function nameOf({ apiVersion, kind, name, namespace }: NonNullable<FunctionResult["resource"]>): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.slice(0, apiVersion.indexOf("/"))}` : "";
  return `${kind}${group} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

type Unbounded = { readonly [key in keyof PackageResult]: PackageResult[key] | undefined };

/** Without what is absent, and with texts cut to what a status may hold. */
function bounded(result: Unbounded & Pick<PackageResult, "severity" | "source" | "message">): PackageResult {
  const entries = Object.entries(result).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const most = MAX[key as keyof typeof MAX];
    return [[key, typeof value === "string" && most !== undefined ? value.slice(0, most).toWellFormed() : value]];
  });
  return Object.fromEntries(entries) as PackageResult;
}
