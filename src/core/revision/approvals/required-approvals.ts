import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { RequiredApproval } from "../../../api/v1alpha1/package-revision-status.ts";
import type { ApprovalRule } from "../../../api/v1alpha1/repository-approval.ts";
import type { Observation } from "../observation.ts";
import { fitsPattern, newPatternBudget, type PatternBudget } from "./fits-pattern.ts";

type Judged = Pick<Observation, "object" | "repository" | "changedFiles">;

/**
 * The approvals that a proposal needs by `spec.approval` of its Repository; none if one approval of any approver is
 * enough. The first may have no groups; each of the others is a rule that is about the proposal.
 */
export function requiredApprovals(judged: Judged): readonly RequiredApproval[] {
  const { required = 1 } = judged.repository?.spec.approval ?? {};
  const ofRules = applyingRules(judged)
    .map((rule) => ({ rule: rule.name, ...(rule.groups && { groups: rule.groups }), required: rule.required ?? 1 }))
    .filter((one) => one.groups !== undefined || one.required > 1);
  const most = Math.max(1, ...ofRules.map((one) => one.required));
  return required > most ? [{ required }, ...ofRules] : ofRules;
}

/** True if a rule of the Repository asks for the paths of changed files. */
export function asksForPaths({ repository }: Pick<Observation, "repository">): boolean {
  const { rules = [], automatic = [] } = repository?.spec.approval ?? {};
  return automatic.length > 0 || rules.some(({ match }) => match?.paths !== undefined);
}

/** The entries of `spec.approval.rules` that are about a proposal. */
export function applyingRules({ object, repository, changedFiles }: Judged): readonly ApprovalRule[] {
  const budget = newPatternBudget();
  return (repository?.spec.approval?.rules ?? []).filter(({ match = {} }) => {
    // As long as it is not known which files have changed, a rule about one of them holds.
    const hasPath = changedFiles === undefined || fitsOne(match.paths, changedFiles, budget);
    return hasPath && isAboutPlace(match, object, budget);
  });
}

/** True if a rule is about a package revision, as far as target and package decide. */
export function isAboutPlace(
  { targets, packages }: Pick<NonNullable<ApprovalRule["match"]>, "targets" | "packages">,
  { spec: { packageRevID } }: Pick<PackageRevision, "spec">,
  budget: PatternBudget,
): boolean {
  const { target = "catalog", realm, package: name } = packageRevID;
  const names = realm === undefined ? [name] : [name, `${realm}/${name}`];
  return fitsOne(targets, [target], budget) && fitsOne(packages, names, budget);
}

function fitsOne(patterns: readonly string[] | undefined, texts: readonly string[], budget: PatternBudget): boolean {
  return patterns === undefined || patterns.some((pattern) => texts.some((text) => fitsPattern(pattern, text, budget)));
}
