import type { Policy } from "../../api/v1alpha1/repository-policies.ts";
import type { ExcludedFiles } from "./ignore/ignore-file.ts";
import { findMissingReferences } from "./kustomize/missing-references.ts";
import { findDuplicates } from "./objects/duplicates.ts";
import { type Finding, locateFindings, type ObjectProblem } from "./objects/finding.ts";
import { type WithBlocks, withoutBlocks } from "./objects/kform-blocks.ts";
import { parseObjects } from "./objects/parse-objects.ts";
import { type CompiledPolicy, compilePolicies, type PolicyProblem } from "./policy/compile-policy.ts";
import { evaluatePolicies, type PackageFacts } from "./policy/evaluate-policies.ts";
import { excludedObjects, jsonObjects } from "./policy/objects-aside.ts";
import { checkResources } from "./schema/check-resources.ts";
import { firstOf, type SchemaSet } from "./schema/kind-schema.ts";
import { packageSchemas } from "./schema/package-schemas.ts";
import { bundledSchemas } from "./schema/schema-set.ts";
import { type ReadYaml, readYaml } from "./yaml/check-yaml.ts";

export interface ValidationOptions {
  /** Before the bundled ones. The package's own CustomResourceDefinitions come first, but not for built-in kinds. */
  readonly schemas?: SchemaSet;
  /** Of the Repository, in its order. */
  readonly policies?: readonly Policy[];
  /** What policies may know of the package revision. */
  readonly facts?: PackageFacts;
  /** True for a package that others are cloned from, and that no tool applies: its blocks are no objects. */
  readonly isBlueprint?: boolean;
  /** The severity of an object that the API server would refuse; error by default. */
  readonly schemaSeverity?: Finding["severity"];
  /** Files that are left out, but for policies. */
  readonly excluded?: Pick<ExcludedFiles, "has">;
  /** A release of Kubernetes such as `1.31`, whose own APIs may be used; by default that of the bundled schemas. */
  readonly release?: string;
  /** Paths of files beside those that are given, such as images. */
  readonly otherPaths?: Iterable<string>;
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
 * Validates the Kubernetes objects of a package: the schemas of their kinds, policies, that none is there twice, and
 * that what kustomization files name is there.
 * Blocks of the package language are left out; what a render makes of them is not. Policies look at what tools apply.
 * Pure, never throws; takes about as long as reading the files, and 100 ms for the first
 * Deployment of the process.
 */
export function validatePackage(
  files: Iterable<readonly [path: string, bytes: Uint8Array]>,
  options: ValidationOptions = {},
): PackageValidation {
  const { schemas, policies = [], schemaSeverity = "error", excluded, release, otherPaths = [], read } = options;
  const isIn = (path: string) => excluded?.has(path) !== true;
  const all = [...files];
  const own = all.filter(([path]) => isIn(path));
  const { objects: parsed, unreadable } = parseObjects(own, read);
  const found = withoutBlocks(parsed);
  const { objects } = found;
  const known = schemas === undefined ? bundledSchemas : firstOf(schemas, bundledSchemas);
  // No definition of a package changes what a cluster has built in.
  const builtIn: SchemaSet = (apiVersion, kind) =>
    bundledSchemas(apiVersion, kind) === undefined ? undefined : known(apiVersion, kind);
  const compared = checkResources(objects, firstOf(builtIn, packageSchemas(parsed), known), release);
  const paths = own.map(([path]) => path);
  const { compiled, problems: policyProblems } = compilePolicies(policies);
  const unknown = policies.length === 0 ? [] : unreadable.map((path) => toProblem(path, policies));
  const findings = [
    ...(schemaSeverity === "error" ? compared.findings : compared.findings.map(toWarning)),
    ...findDuplicates(objects, paths),
    ...findMissingReferences(own, [...all.map(([path]) => path), ...otherPaths], read ?? readYaml),
    ...(policies.length === 0 ? [] : evaluateOn(found, all, compiled, options)),
  ];
  const of = (severity: Finding["severity"]) => {
    const these = ofSeverity(findings, severity);
    const more = ofSeverity(unknown, severity);
    return {
      listed: [...more, ...locateFindings(these, MAX_LISTED)].slice(0, MAX_LISTED),
      count: these.length + more.length + ofSeverity(policyProblems, severity).length,
    };
  };
  const [errors, warnings] = [of("error"), of("warning")];
  return {
    problems: errors.listed,
    count: errors.count,
    warnings: warnings.listed,
    warningCount: warnings.count,
    policyProblems,
    notCompared: [...compared.withoutSchema].map(([type, count]) => ({ type, objects: count })),
    unreadable,
  };
}

/**
 * Evaluates policies on what tools apply: also on files that are left out, and on blocks that nothing marks, which only
 * few tools know.
 */
function evaluateOn(
  { objects, appliedBlocks }: WithBlocks,
  files: readonly (readonly [path: string, bytes: Uint8Array])[],
  policies: readonly CompiledPolicy[],
  { excluded, facts, isBlueprint = false, read = readYaml }: ValidationOptions,
): readonly Finding[] {
  const left = files.filter(([path]) => excluded?.has(path) === true);
  const [out, json] = [excludedObjects(left, read), jsonObjects(files, read)];
  return isBlueprint
    ? evaluatePolicies(policies, objects, facts, { aside: [...out, ...json] })
    : evaluatePolicies(policies, [...objects, ...out], facts, { aside: json, blocks: appliedBlocks });
}

function toWarning(finding: Finding): Finding {
  return { ...finding, severity: "warning" };
}

/** What a policy would say of the objects in a file is not known. */
function toProblem(path: string, policies: readonly Policy[]): ObjectProblem {
  const severity = policies.some((one) => (one.severity ?? "error") === "error") ? "error" : "warning";
  const message = "policies cannot be evaluated on what is no YAML: correct it, or exclude it with a .krmignore";
  return { path, line: 1, column: 1, rule: "policy", severity, message };
}

function ofSeverity<T extends Pick<Finding, "severity">>(
  all: readonly T[],
  severity: Finding["severity"],
): readonly T[] {
  return all.filter((one) => one.severity === severity);
}
