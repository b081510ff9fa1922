import { mergeTrees } from "../../../core/merge/merge-call.ts";
import type { ProcessResult } from "../../../core/processing/process-package.ts";
import { createLog } from "../../../runtime/log.ts";
import type { RevisionDependencies } from "../dependencies.ts";
import { PackageMerges } from "../merges/package-merges.ts";

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
  read: () => undefined,
  complete: ({ report }) => report,
  forget: () => {},
};

/** Nothing outside of packages. */
export const NO_DATA: RevisionDependencies["data"] = {
  sourceOf: () => ({
    findPublished: async () => ({ published: [], advice: "" }),
    findDefinitions: async () => ({ files: [], isTooMuch: false }),
    needed: async () => ({ digest: "", read: async () => ({ files: [], unread: [], isTooMuch: false }) }),
    readCluster: async () => ({ cluster: [], advice: "" }),
    forget: () => {},
  }),
  forget: () => {},
};

/** A namespace without PackageVariants. */
export const NO_VARIANTS: RevisionDependencies["variants"] = { get: () => undefined };

/** Automatic rules that the policy has checked. */
export const CHECKED_RULES: RevisionDependencies["rules"] = { isChecked: () => true };

/** Packages that need nothing. */
export const NO_NEEDS: RevisionDependencies["needs"] = {
  resolve: async () => undefined,
  forget: () => {},
};

const NOTHING_FOUND: ProcessResult = {
  render: { kind: "none" },
  validation: { errors: 0, warnings: 0, problems: [] },
  results: [],
  resultsCount: 0,
};

/** Packages that are what their render makes of them, and valid. */
export const NO_RUNS: RevisionDependencies["runs"] = {
  result: () => NOTHING_FOUND,
  start: () => {},
  wait: async () => NOTHING_FOUND,
  adopt: () => {},
  forget: () => {},
};

/** The production merges, in this process. */
export const INLINE_MERGES: RevisionDependencies["merges"] = new PackageMerges({
  worker: { call: async (call) => await mergeTrees(call) },
  log: createLog({ level: "error" }),
});

export const ENVIRONMENT: RevisionDependencies["environment"] = { version: "1", functions: new Set() };
