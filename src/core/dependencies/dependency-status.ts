import type { PackageDependenciesStatus } from "../../api/v1alpha1/package-dependencies.ts";
import type { DependencyGraph, DependencyNode } from "./graph.ts";
import { isAmbiguous } from "./missing.ts";
import { type PackageDependency, problemsOf, type ReportedProblem, reportDependencies } from "./report.ts";
import { revisionName } from "./revision-apis.ts";

/** Of one list, in characters of JSON. */
const MAX_LIST = 1536;
const MAX_REASON = 512;
const MAX_PATH = 1024;

type Problem = NonNullable<PackageDependenciesStatus["errors"]>[number];
type Dependency = NonNullable<PackageDependenciesStatus["dependencies"]>[number];

/** What `status.dependencies` has room for, the worst first; undefined for a package that needs nothing. */
export function dependencyStatus(graph: DependencyGraph): PackageDependenciesStatus | undefined {
  const { missing } = graph;
  const { errors: own, warnings, cycles, dependencies } = reportDependencies(graph, []);
  const errors: readonly ReportedProblem[] = [
    ...own,
    ...cycles.map((names) => ({ reason: `a circle: ${names.join(" → ")}` })),
    ...missing.flatMap((node) =>
      problemsOf(node, "error").map((one) => ({ ...one, reason: `${revisionName(node.revision)}: ${one.reason}` })),
    ),
  ];
  if (errors.length + warnings.length + missing.length + dependencies.length === 0) return undefined;
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  return {
    ...(first !== undefined && { error: `${toProblem(first).reason}${more}` }),
    ...list("errors", "errorCount", errors, 32, toProblem),
    ...list("warnings", "warningCount", warnings, 16, toProblem),
    ...list("missing", "missingCount", missing, 32, describeMissing),
    ...list("dependencies", "dependencyCount", sortedByRank(dependencies), 64, toDependency),
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

function sortedByRank(all: readonly PackageDependency[]): readonly PackageDependency[] {
  const groups = Map.groupBy(all, rankOf);
  return [0, 1, 2].flatMap((rank) => groups.get(rank) ?? []);
}

function list<L extends string, C extends string, T, U>(
  name: L,
  count: C,
  all: readonly T[],
  most: number,
  describe: (one: T) => U,
) {
  if (all.length === 0) return {};
  const first = firstOf(all.slice(0, most).map(describe));
  return { [name]: first, [count]: all.length } as Readonly<Record<L, U[]> & Record<C, number>>;
}

function firstOf<T>(all: readonly T[]): readonly T[] {
  let size = 0;
  const end = all.findIndex((one) => {
    size += JSON.stringify(one).length + 1;
    return size > MAX_LIST;
  });
  return end === -1 ? all : all.slice(0, end);
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
