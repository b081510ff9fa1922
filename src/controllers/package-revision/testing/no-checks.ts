import type { RevisionDependencies } from "../dependencies.ts";

const NO_PROBLEMS = { problems: [], count: 0 } as const;

/** Checks that have run on every file and found nothing. */
export const NO_CHECKS: RevisionDependencies["checks"] = {
  prime: () => {},
  check: () => NO_PROBLEMS,
  hasRun: () => true,
  report: () => NO_PROBLEMS,
  forget: () => {},
};

/** Targets with no other package. */
export const NO_TARGETS: RevisionDependencies["targets"] = {
  complete: ({ report }) => report,
  forget: () => {},
};
