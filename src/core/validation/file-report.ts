import type { FileProblem } from "../../api/v1alpha1/package-revision-resources.ts";
import { firstThatFit } from "../files/first-that-fit.ts";
import { compare } from "../identity/compare.ts";
import type { CheckResult, FileCheck } from "./file-check.ts";

/** The limit of the schema. */
const MAX_PROBLEMS = 50;

/** The problems in the files of a package. */
export interface FileReport {
  /** The first problems, by path. */
  readonly problems: readonly FileProblem[];
  /** The number of all problems. */
  readonly count: number;
  /** The reason of the check that found the first problem; absent without problems. */
  readonly reason?: string;
}

/** The result of one check of the file at a path. */
export interface FileResult {
  readonly path: string;
  readonly check: Pick<FileCheck, "name" | "reason">;
  readonly result: CheckResult;
}

const MAX_NAMED = 3;
const MAX_PATH_LENGTH = 200;

/** Combines the results of all checks of a package's files. The order of the results does not matter. */
export function reportFiles(results: readonly FileResult[]): FileReport {
  const invalid = results.filter(({ result }) => result.count > 0).sort(byPathAndCheck);
  const problems = invalid.flatMap(({ path, result }) => result.problems.map((one) => ({ path, ...one })));
  const count = invalid.reduce((sum, { result }) => sum + result.count, 0);
  const [first] = invalid;
  return {
    problems: firstThatFit(problems, MAX_PROBLEMS),
    count,
    ...(first !== undefined && { reason: first.check.reason }),
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
