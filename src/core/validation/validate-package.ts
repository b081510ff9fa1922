import type { Policy } from "../../api/v1alpha1/repository-policies.ts";
import type { ExcludedFiles } from "./ignore/ignore-file.ts";
import { findDuplicates } from "./objects/duplicates.ts";
import { type Finding, locateFindings, type ObjectProblem } from "./objects/finding.ts";
import { withoutBlocks } from "./objects/kform-blocks.ts";
import { parseObjects } from "./objects/parse-objects.ts";
import { compilePolicies, type PolicyProblem } from "./policy/compile-policy.ts";
import { evaluatePolicies, type PackageFacts } from "./policy/evaluate-policies.ts";
import { checkResources } from "./schema/check-resources.ts";
import { firstOf, type SchemaSet } from "./schema/kind-schema.ts";
import { packageSchemas } from "./schema/package-schemas.ts";
import { bundledSchemas } from "./schema/schema-set.ts";
import type { ReadYaml } from "./yaml/check-yaml.ts";

export interface ValidationOptions {
  /** Before the bundled ones; those of the package's own CustomResourceDefinitions come first. */
  readonly schemas?: SchemaSet;
  /** Of the Repository, in its order. */
  readonly policies?: readonly Policy[];
  /** What policies may know of the package revision. */
  readonly facts?: PackageFacts;
  /** The severity of an object that the API server would refuse; error by default. */
  readonly schemaSeverity?: Finding["severity"];
  /** Files that are left out, but for policies about kinds. */
  readonly excluded?: Pick<ExcludedFiles, "has">;
  /** For files that have been read before. */
  readonly read?: ReadYaml;
}

/** What validation finds in the Kubernetes objects of a package. */
export interface PackageValidation {
  /** What keeps the package from being proposed: the first {@link MAX_LISTED}, by path and place. */
  readonly problems: readonly ObjectProblem[];
  /** The number of all problems, with those of policies that are errors. */
  readonly count: number;
  /** What a reviewer may accept: the first {@link MAX_LISTED}, by path and place. */
  readonly warnings: readonly ObjectProblem[];
  readonly warningCount: number;
  /** Policies that cannot be evaluated. */
  readonly policyProblems: readonly PolicyProblem[];
  /** The kinds that have no schema. */
  readonly notCompared: readonly NotCompared[];
  /** The files that are no YAML, whose objects are not known; `FILE_CHECKS` say why. */
  readonly unreadable: readonly string[];
}

export interface NotCompared {
  /** `apiVersion/kind` */
  readonly type: string;
  readonly objects: number;
}

/** Of problems and of warnings. */
const MAX_LISTED = 1000;

/**
 * Validates the Kubernetes objects of a package: the schemas of their kinds, policies, and that none is there twice.
 * Blocks of the package language are left out; what a render makes of them is not.
 * Pure, never throws; takes about as long as reading the files, and 100 ms for the first
 * Deployment of the process.
 */
export function validatePackage(
  files: Iterable<readonly [path: string, bytes: Uint8Array]>,
  { schemas, policies = [], facts, schemaSeverity = "error", excluded, read }: ValidationOptions = {},
): PackageValidation {
  const isIn = (path: string) => excluded?.has(path) !== true;
  const all = [...files].filter(([path]) => policies.length > 0 || isIn(path));
  const { objects: inFiles, unreadable } = parseObjects(all, read);
  const parsed = inFiles.filter(({ file }) => isIn(file.path));
  const objects = withoutBlocks(parsed);
  const known = schemas === undefined ? bundledSchemas : firstOf(schemas, bundledSchemas);
  const compared = checkResources(objects, firstOf(packageSchemas(parsed), known));
  const paths = all.map(([path]) => path).filter(isIn);
  const { compiled, problems: policyProblems } = compilePolicies(policies);
  const findings = [
    ...(schemaSeverity === "error" ? compared.findings : compared.findings.map(toWarning)),
    ...findDuplicates(objects, paths),
    ...evaluatePolicies(
      compiled,
      objects,
      facts,
      inFiles.filter(({ file }) => !isIn(file.path)),
    ),
  ];
  const [errors, warnings] = [ofSeverity(findings, "error"), ofSeverity(findings, "warning")];
  return {
    problems: locateFindings(errors, MAX_LISTED),
    count: errors.length + policyProblems.filter(({ severity }) => severity === "error").length,
    warnings: locateFindings(warnings, MAX_LISTED),
    warningCount: warnings.length + policyProblems.filter(({ severity }) => severity === "warning").length,
    policyProblems,
    notCompared: [...compared.withoutSchema].map(([type, count]) => ({ type, objects: count })),
    unreadable: unreadable.filter(isIn),
  };
}

function toWarning(finding: Finding): Finding {
  return { ...finding, severity: "warning" };
}

function ofSeverity(findings: readonly Finding[], severity: Finding["severity"]): readonly Finding[] {
  return findings.filter((one) => one.severity === severity);
}
