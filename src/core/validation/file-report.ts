import type { FileProblem } from "../../api/v1alpha1/package-revision-resources.ts";
import { firstThatFit } from "../files/first-that-fit.ts";
import type { CheckResult } from "./check-yaml.ts";

/** What is wrong with the files of a package. */
export interface FileReport {
  /** The first of them, by path. */
  readonly problems: readonly FileProblem[];
  /** How many there are in all. */
  readonly count: number;
}

const MAX_NAMED = 3;
const MAX_PATH_NAMED = 200;

/** True for a file that says it is YAML. */
export function claimsYaml(path: string): boolean {
  return /\.ya?ml$|(^|\/)Kptfile$/.test(path);
}

/** Puts the verdicts of a package's files together: the same verdicts in any order are the same report. */
export function reportFiles(verdicts: ReadonlyMap<string, CheckResult>): FileReport {
  const bad = [...verdicts].filter(([, verdict]) => verdict.count > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const problems = bad.flatMap(([path, verdict]) => verdict.problems.map((one) => ({ path, ...one })));
  return { problems: firstThatFit(problems), count: bad.reduce((sum, [, verdict]) => sum + verdict.count, 0) };
}

/** A report in one line: `path:line:column: message` of the first ones, and how many more there are. */
export function describeReport({ problems, count }: FileReport): string {
  const named = problems.slice(0, MAX_NAMED).map(({ path, line, column, message }) => {
    const short = path.length > MAX_PATH_NAMED ? `…${path.slice(-MAX_PATH_NAMED)}` : path;
    return `${short.toWellFormed()}:${line}:${column}: ${message}`;
  });
  const more = count - named.length;
  return `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
