import type { FileProblem } from "../../api/v1alpha1/package-revision-resources.ts";
import { firstThatFit } from "../files/first-that-fit.ts";
import { compare } from "../identity/compare.ts";
import type { CheckResult, FileCheck, IdentifiedResource } from "./file-check.ts";
import type { ExcludedFiles } from "./ignore/ignore-file.ts";
import { isKustomization } from "./target/folder.ts";

/** The limit of the schema. */
const MAX_PROBLEMS = 50;
/** Of one package; the rest is not compared with other packages. */
const MAX_RESOURCES = 10_000;

export interface FileResource extends IdentifiedResource {
  readonly path: string;
}

/** The problems in the files of a package. */
export interface FileReport {
  /** The first problems, by path. */
  readonly problems: readonly FileProblem[];
  /** The number of all problems. */
  readonly count: number;
  /** The reason of the check that found the first problem; absent without problems. */
  readonly reason?: string;
  /** What the package adds to a cluster, by path; absent without any. */
  readonly resources?: readonly FileResource[];
  /** The files with a document that is no Kubernetes object, by path; absent without any. */
  readonly notResources?: readonly Pick<FileProblem, "path" | "line" | "column">[];
  /** Paths of kustomization files; absent without any. */
  readonly kustomizations?: readonly string[];
}

/** The result of one check of the file at a path. */
export interface FileResult {
  readonly path: string;
  readonly check: Pick<FileCheck, "name" | "reason">;
  readonly result: CheckResult;
}

const MAX_NAMED = 3;
const MAX_PATH_LENGTH = 200;

/**
 * Combines the results of all checks of a package's files, but those of excluded ones. The order of the results does
 * not matter.
 */
export function reportFiles(all: readonly FileResult[], excluded?: Pick<ExcludedFiles, "has">): FileReport {
  // In order: what is excluded has a limit.
  const results = all.toSorted(byPathAndCheck).filter((one) => !hasFindings(one) || excluded?.has(one.path) !== true);
  const invalid = results.filter(({ result }) => result.count > 0);
  const problems = invalid.flatMap(({ path, result }) => result.problems.map((one) => ({ path, ...one })));
  const count = invalid.reduce((sum, { result }) => sum + result.count, 0);
  const [first] = invalid;
  const resources = resourcesOf(results);
  const notResources = results.flatMap(({ path, result }) =>
    result.notResource === undefined ? [] : [{ path, ...result.notResource }],
  );
  const kustomizations = results.map(({ path }) => path).filter((path) => isKustomization(baseName(path)));
  return {
    problems: firstThatFit(problems, MAX_PROBLEMS),
    count,
    ...(first !== undefined && { reason: first.check.reason }),
    ...(resources.length > 0 && { resources }),
    ...(notResources.length > 0 && { notResources: notResources.slice(0, MAX_RESOURCES) }),
    ...(kustomizations.length > 0 && { kustomizations }),
  };
}

function hasFindings({ result }: FileResult): boolean {
  return result.count > 0 || result.resources !== undefined || result.notResource !== undefined;
}

function resourcesOf(results: readonly FileResult[]): readonly FileResource[] {
  const all = results.flatMap(({ path, result }) => result.resources?.map((one) => ({ path, ...one })) ?? []);
  return all.slice(0, MAX_RESOURCES);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A report with further problems, after its own. */
export function addProblems(report: FileReport, problems: readonly FileProblem[], reason: string): FileReport {
  if (problems.length === 0) return report;
  return {
    ...report,
    problems: firstThatFit([...report.problems, ...problems], MAX_PROBLEMS),
    count: report.count + problems.length,
    reason: report.reason ?? reason,
  };
}

function byPathAndCheck(a: FileResult, b: FileResult): number {
  return compare(a.path, b.path) || compare(a.check.name, b.check.name);
}

/** A report in one line: the first problems as `path:line:column: message`, and the number of further ones. */
export function describeReport({ problems, count }: FileReport): string {
  const named = problems.slice(0, MAX_NAMED).map(({ path, line, column, message }) => {
    const short = path.length > MAX_PATH_LENGTH ? `…${path.slice(-MAX_PATH_LENGTH)}` : path;
    return `${short.toWellFormed()}:${line}:${column}: ${message}`;
  });
  const more = count - named.length;
  return `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
