import { ANNOTATION_CONFIRM_HISTORY } from "../../src/api/v1alpha1/well-known.ts";
import { canonicalJson } from "../../src/core/identity/canonical-json.ts";
import { asRecorded } from "../../src/core/identity/recorded-names.ts";
import { HISTORY_REWRITTEN } from "../../src/core/repository/history-rewrite.ts";
import type { CommitMetadata } from "../../src/core/revision/commit-trailers.ts";
import { proposalDigest } from "../../src/core/revision/proposal-digest.ts";
import { checkAutomatic } from "./automatic-approvals.ts";
import { publishedDigests } from "./differences.ts";
import type { Ledger } from "./ledger.ts";
import type { Violation } from "./observation.ts";
import { isPublished } from "./published.ts";
import { conditionOf, folderAt, isOurTag, type RepositorySituation, type Situation } from "./situation.ts";

/** 8: nothing is published without an approval of its digest, and nothing else with it. */
export function checkApprovals({ repositories }: Situation, ledger: Ledger): readonly Violation[] {
  return repositories.flatMap((one) => [
    ...checkTags(one),
    ...checkAutomatic(one),
    ...checkOthers(one),
    ...checkObjects(one, ledger),
  ]);
}

/** Checks that no tag of the operator changes files of other packages, or of none. */
function checkOthers(one: RepositorySituation): readonly Violation[] {
  // The tags of a history that was rewritten are based on commits that are gone.
  const isRewritten = one.repository.metadata.annotations?.[ANNOTATION_CONFIRM_HISTORY] !== undefined;
  if (isRewritten || conditionOf(one.repository, "Ready")?.reason === HISTORY_REWRITTEN) return [];
  return one.published.filter(isOurTag).flatMap(({ ref }) => {
    const changed = one.remote.otherChanges.get(ref) ?? [];
    if (changed.length === 0) return [];
    const message = `changes files outside of its package, which nobody approved: ${changed.slice(0, 5).join(", ")}`;
    return { invariant: 8, subject: `${one.key} ${ref}`, message };
  });
}

/** Checks that each tag of the operator names an approver, has the digest of its files, and that of what it records. */
function checkTags(one: RepositorySituation): readonly Violation[] {
  return one.published.filter(isOurTag).flatMap(({ ref, path, revision, commit, trailers }) => {
    const found = (message: string) => [{ invariant: 8 as const, subject: `${one.key} ${ref}`, message }];
    if (trailers?.approvedBy === undefined && trailers?.approvedByRule === undefined) return found("names no approver");
    if (trailers.approvedBy !== undefined && trailers.approvedByRule !== undefined)
      return found("names both an approver and a rule");
    const { freezeOverriddenBy: overrider, approvals } = trailers;
    const approvers: (string | undefined)[] = [trailers.approvedBy, ...(approvals?.given ?? []).map(({ by }) => by)];
    if (overrider !== undefined && approvals !== undefined && !approvers.includes(overrider))
      return found(`says that ${overrider} overrode a freeze, who has not approved it`);
    if ((overrider === undefined) !== (trailers.freezeOverrideReason === undefined))
      return found("does not say who overrode a freeze, and why");
    const lacking = lackingApprovals(trailers);
    if (lacking !== undefined) return found(lacking);
    if (trailers.digest === undefined) return found("has no digest of the approved files");
    const recorded = proposalDigest(trailers.digest, trailers.metadata);
    if (trailers.proposalDigest !== recorded)
      return found(`${trailers.proposalDigest} was approved, it records ${recorded}`);
    const files = folderAt(one, commit, path)?.files;
    if (files === undefined) return [];
    const digests = publishedDigests(one, path, revision, files);
    return digests.includes(trailers.digest) ? [] : found(`its files have ${digests[0]}, not ${trailers.digest}`);
  });
}

/** Checks that as many different users approved as the tag says were needed, each of them this very proposal. */
function lackingApprovals({ approvedBy, approvals, proposalDigest }: CommitMetadata): string | undefined {
  if (approvals === undefined) return undefined;
  const { required, given } = approvals;
  if (!given.some(({ by }) => by === approvedBy)) return `does not count the approval of ${approvedBy}`;
  if (given.some(({ digest }) => digest !== proposalDigest)) return "counts an approval of another digest";
  const missing = required.find(({ required: count, groups }) => {
    const counting = given.filter((one) => groups?.some((group) => one.groups?.includes(group)) ?? true);
    return new Set(counting.map(({ by }) => asRecorded(by))).size < count;
  });
  return missing && `was published with fewer approvals than ${JSON.stringify(missing)}: ${JSON.stringify(given)}`;
}

function checkObjects(one: RepositorySituation, ledger: Ledger): readonly Violation[] {
  return one.revisions.filter(isPublished).flatMap(({ key, path, object }) => {
    const found = (message: string) => [{ invariant: 8 as const, subject: key, message }];
    const tag = one.published.find((ref) => ref.path === path && ref.revision === object.status?.revision);
    if (tag === undefined || !isOurTag(tag)) return [];
    const { requiredApprovals = [], approvals = [] } = object.status ?? {};
    const recorded = tag.trailers?.approvals ?? { required: [], given: [] };
    if (canonicalJson({ required: requiredApprovals, given: approvals }) !== canonicalJson(recorded))
      return found(`status.approvals has other approvals than ${tag.ref}: ${JSON.stringify(approvals)}`);
    const { approval } = object.spec;
    const digest = tag.trailers?.proposalDigest;
    if (approval !== undefined && approval.digest !== digest) {
      return found(`spec.approval is of ${approval.digest}, ${tag.ref} of ${digest}`);
    }
    const given = ledger.approvals.filter(({ revision }) => revision === key);
    if (given.length === 0 || given.some((one) => one.digest === digest)) return [];
    return found(`${tag.ref} is of ${digest}, approved was ${given.map((one) => one.digest).join(", ")}`);
  });
}
