/** A problem at a position in a text: line and column count from 1, the column in UTF-16 code units. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  /** A fixed text. It never quotes the file, which may be a Secret. */
  readonly message: string;
}

/** A Kubernetes object in a file. */
export interface IdentifiedResource extends Pick<TextProblem, "line" | "column"> {
  /** Equal for what is one object in a cluster; for people as well: `Deployment.apps web/cache`. */
  readonly id: string;
}

/** The result of one check of one file. */
export interface CheckResult {
  /** The first problems, in the order of the file. */
  readonly problems: readonly TextProblem[];
  /** The number of all problems. */
  readonly count: number;
  /** What the file adds to a cluster, if the check has found that out; in the order of the file. */
  readonly resources?: readonly IdentifiedResource[];
  /** The first document that is no Kubernetes object. */
  readonly notResource?: Pick<TextProblem, "line" | "column">;
}

export const NO_PROBLEMS: CheckResult = { problems: [], count: 0 };

/** A check of single files. Its entry in `checks/registry.ts` makes the operator run it on every draft and proposal. */
export interface FileCheck {
  /** Unique in the registry: worker processes and caches know the check by it. */
  readonly name: string;
  /** The CamelCase reason of the condition `FilesValid` where this check finds a problem. */
  readonly reason: string;
  readonly applies: (path: string) => boolean;
  /**
   * Pure: the result depends on the bytes only, and is cached. May take seconds: large files are checked in a worker
   * process.
   */
  readonly check: (bytes: Uint8Array) => CheckResult;
}

/** One call to the worker process. */
export interface FileCheckCall {
  /** The name of a registered check. */
  readonly check: string;
  readonly bytes: Uint8Array;
}

/** Throws if no check has that name. */
export function runFileCheck(checks: readonly FileCheck[], { check: name, bytes }: FileCheckCall): CheckResult {
  const check = checks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`no file check is called ${name}`);
  return check.check(bytes);
}
