import {
  areGivenApprovals,
  areRequiredApprovals,
  type GivenApproval,
  type RequiredApproval,
} from "../../api/v1alpha1/package-revision-status.ts";
import { type AutomaticRule, isAutomaticRule } from "../../api/v1alpha1/repository-approval.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { USER_NAME } from "./editor-trailers.ts";
import { type Trailer, toLine, valuesOf } from "./trailer-value.ts";

/** The approvals that a publication needed by `spec.approval` of its Repository, and those that it had. */
export interface RecordedApprovals {
  readonly required: readonly RequiredApproval[];
  readonly given: readonly GivenApproval[];
}

/** Occurs once for each approver; the first one requested the publication. */
export const APPROVER_TRAILER = "Approved-By";
/** One JSON trailer: groups, digests and times. */
const APPROVALS_TRAILER = "Package-Approvals";

/** The name of the rule that approved a publication in the place of people, for readers of `git log`. */
const RULE_NAME_TRAILER = "Approved-By-Rule";
/** One JSON trailer: the whole rule. */
const RULE_TRAILER = "Approval-Rule";

/** The rule that has approved a proposal, as its tag records it. */
export interface ApprovingRule {
  readonly rule: AutomaticRule;
  /** The name and the uid of the PackageVariant that has made the proposal. */
  readonly variant?: string;
}

const MAX_VARIANT = 512;

interface Approved {
  readonly approvedBy?: string;
  readonly approvals?: RecordedApprovals;
  readonly approvedByRule?: ApprovingRule;
}

/** The lines that follow that of the first approver. */
export function approvalTrailers({ approvedBy, approvals, approvedByRule }: Approved): readonly string[] {
  if (approvedByRule !== undefined) {
    const { name } = approvedByRule.rule;
    return [toLine(RULE_NAME_TRAILER, name), `${RULE_TRAILER}: ${canonicalJson(approvedByRule)}`];
  }
  if (approvals === undefined) return [];
  const others = approvals.given.filter(({ by }) => by !== approvedBy);
  return [...others.map(({ by }) => toLine(APPROVER_TRAILER, by)), `${APPROVALS_TRAILER}: ${canonicalJson(approvals)}`];
}

export function parseApprovals(trailers: readonly Trailer[]): Approved {
  const [approvedBy] = valuesOf(APPROVER_TRAILER, trailers).filter((name) => USER_NAME.test(name));
  const [text] = valuesOf(APPROVALS_TRAILER, trailers);
  const approvals = text === undefined ? undefined : parseRecord(text);
  const [rule] = valuesOf(RULE_TRAILER, trailers);
  const approvedByRule = rule === undefined ? undefined : parseRule(rule);
  return {
    ...(approvedBy !== undefined && { approvedBy }),
    ...(approvals !== undefined && { approvals }),
    ...(approvedByRule !== undefined && { approvedByRule }),
  };
}

function parseRule(text: string): ApprovingRule | undefined {
  try {
    const { rule, variant } = JSON.parse(text) as { readonly rule?: unknown; readonly variant?: unknown };
    if (!isAutomaticRule(rule)) return undefined;
    return { rule, ...(typeof variant === "string" && variant.length <= MAX_VARIANT && { variant }) };
  } catch {
    return undefined;
  }
}

function parseRecord(text: string): RecordedApprovals | undefined {
  try {
    const { required, given } = JSON.parse(text) as { readonly required?: unknown; readonly given?: unknown };
    return areRequiredApprovals(required) && areGivenApprovals(given) ? { required, given } : undefined;
  } catch {
    return undefined;
  }
}
