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
  const { required = 1, rules = [] } = judged.repository?.spec.approval ?? {};
  const budget = newPatternBudget();
  const ofRules = rules
    .filter((rule) => concerns(rule, judged, budget))
    .map((rule) => ({ rule: rule.name, ...(rule.groups && { groups: rule.groups }), required: rule.required ?? 1 }))
    .filter((one) => one.groups !== undefined || one.required > 1);
  const most = Math.max(1, ...ofRules.map((one) => one.required));
  return required > most ? [{ required }, ...ofRules] : ofRules;
}

/** True if a rule of the Repository asks for the paths of changed files. */
export function asksForPaths({ repository }: Pick<Observation, "repository">): boolean {
  return (repository?.spec.approval?.rules ?? []).some(({ match }) => match?.paths !== undefined);
}

function concerns({ match = {} }: ApprovalRule, { object, changedFiles }: Judged, budget: PatternBudget): boolean {
  const { target = "catalog", realm, package: name } = object.spec.packageRevID;
  const fitsOne = (patterns: readonly string[] | undefined, texts: readonly string[] | undefined): boolean =>
    patterns === undefined ||
    // As long as it is not known which files have changed, a rule about one of them holds.
    texts === undefined ||
    patterns.some((pattern) => texts.some((text) => fitsPattern(pattern, text, budget)));
  return (
    fitsOne(match.targets, [target]) &&
    fitsOne(match.packages, realm === undefined ? [name] : [name, `${realm}/${name}`]) &&
    fitsOne(match.paths, changedFiles)
  );
}
