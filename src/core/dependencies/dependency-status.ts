import type { PackageDependenciesStatus } from "../../api/v1alpha1/package-dependencies.ts";
import type { DependencyGraph, DependencyNode } from "./graph.ts";
import { isAmbiguous, missingPackages } from "./missing.ts";
import { type PackageDependency, type ReportedProblem, reportDependencies } from "./report.ts";
import { revisionName } from "./revision-apis.ts";

/** Of one list, in characters of JSON. */
const MAX_LIST = 1536;
const MAX_REASON = 512;
const MAX_PATH = 1024;

type Problem = NonNullable<PackageDependenciesStatus["errors"]>[number];
type Dependency = NonNullable<PackageDependenciesStatus["dependencies"]>[number];

/** What `status.dependencies` has room for, the worst first; undefined for a package that needs nothing. */
export function dependencyStatus(graph: DependencyGraph): PackageDependenciesStatus | undefined {
  const missing = missingPackages(graph);
  const report = reportDependencies(graph, missing);
  const errors = [
    ...report.errors.map(toProblem),
    ...report.cycles.map((names) => ({ reason: cut(`a circle: ${names.join(" → ")}`, MAX_REASON) })),
    ...report.packages.flatMap(({ name, errors }) =>
      errors.map((one) => toProblem({ ...one, reason: `${name}: ${one.reason}` })),
    ),
  ];
  const warnings = report.warnings.map(toProblem);
  const toAdd = missing.map(describeMissing);
  const dependencies = report.dependencies.toSorted((a, b) => rankOf(a) - rankOf(b)).map(toDependency);
  if (errors.length + warnings.length + toAdd.length + dependencies.length === 0) return undefined;
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  return {
    ...(first !== undefined && { error: `${first.reason}${more}` }),
    ...list("errors", "errorCount", errors, 32),
    ...list("warnings", "warningCount", warnings, 16),
    ...list("missing", "missingCount", toAdd, 32),
    ...list("dependencies", "dependencyCount", dependencies, 64),
  };
}

function describeMissing(node: DependencyNode): string {
  const { revision, alternatives } = node;
  const others = isAmbiguous(node) ? ` (or ${[...alternatives].join(", ")})` : "";
  return cut(`${revisionName(revision)}${others}`, MAX_PATH);
}

/** Packages that are to be added, then others, then Kubernetes. */
function rankOf({ type, packageDependencies = [] }: PackageDependency): number {
  if (type === "core") return 2;
  return packageDependencies.some(({ target }) => target === undefined) ? 0 : 1;
}

function list<L extends string, C extends string, T>(name: L, count: C, all: readonly T[], most: number) {
  if (all.length === 0) return {};
  return { [name]: firstOf(all, most), [count]: all.length } as Readonly<Record<L, T[]> & Record<C, number>>;
}

function firstOf<T>(all: readonly T[], most: number): readonly T[] {
  let size = 0;
  const end = all.slice(0, most).findIndex((one) => {
    size += JSON.stringify(one).length + 1;
    return size > MAX_LIST;
  });
  return all.slice(0, end === -1 ? most : end);
}

function toProblem({ ref, reason, files }: ReportedProblem): Problem {
  return { ...(ref !== undefined && { ref }), reason: cut(reason, MAX_REASON), ...firstFile(files) };
}

function toDependency({ type, ref, packageDependencies, files }: PackageDependency): Dependency {
  const providers = packageDependencies === undefined ? {} : { packageDependencies: [...packageDependencies] };
  return { type, ref, ...providers, ...firstFile(files) } as Dependency;
}

/** Files that a person looks at: one is enough to find the others. */
function firstFile(files: readonly string[] | undefined) {
  const [file] = files ?? [];
  return file === undefined ? {} : { files: [cut(file, MAX_PATH)] };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}
