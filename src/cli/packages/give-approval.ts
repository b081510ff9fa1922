import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY } from "../../api/v1alpha1/well-known.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { isRefused } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { shortName } from "../names/query.ts";
import { approvalBy, type Decision, hasApproved, waitsForApproval } from "./approvals.ts";
import { isObserved, requestLifecycle } from "./lifecycle.ts";
import { waitFor } from "./wait-for.ts";

/** Approvals of others at the same moment. */
const MAX_ATTEMPTS = 10;

/**
 * Approves what was reviewed: the first approval requests the publication, each other one is added to it. An approval
 * that meets another one is given again.
 * @throws CliError conflict if the proposal is not what was reviewed; what the API server refuses
 */
export async function giveApproval(
  context: Context,
  reviewed: PackageRevision,
  decision: Decision,
  timeoutMs: number,
): Promise<PackageRevision> {
  const { client } = await context.cluster();
  const { namespace, name } = reviewed.metadata;
  for (let attempt = 1, revision = reviewed; ; attempt++) {
    try {
      return await approveOnce(context, revision, decision);
    } catch (error) {
      if (!isRefused(error)) throw error;
      const now = await client.get(packageRevisions, { namespace, name });
      if (now.status?.proposal?.digest !== decision.digest) throw notReviewed(now);
      // Refused as it is, and not since another approval came first.
      const isSame = now.metadata.resourceVersion === revision.metadata.resourceVersion && isObserved(now);
      if (isSame || attempt === MAX_ATTEMPTS) throw error;
      revision = await waitUntilObserved(context, now, timeoutMs);
    }
  }
}

/** Takes back what this user has approved; what others have approved stays. */
export async function takeBackApproval(context: Context, revision: PackageRevision): Promise<PackageRevision> {
  const { client, me } = await context.cluster();
  const { username } = await me();
  if (!hasApproved(revision, { username })) {
    throw new CliError("refused", `${username} has not approved ${shortName(revision)}`);
  }
  const { namespace, name } = revision.metadata;
  const isFirst = revision.spec.lifecycle === "published" && revision.spec.approval?.by === username;
  const spec = {
    ...(isFirst && { lifecycle: "proposed", approval: null }),
    ...(revision.spec.approvals?.[username] !== undefined && { approvals: { [username]: null } }),
  };
  const metadata = isFirst ? { annotations: { [ANNOTATION_LIFECYCLE_CHANGED_BY]: username } } : {};
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body: { metadata, spec } });
}

async function approveOnce(context: Context, revision: PackageRevision, decision: Decision): Promise<PackageRevision> {
  const { client, me } = await context.cluster();
  const user = await me();
  const approval = approvalBy(revision, user, decision);
  if (revision.spec.lifecycle !== "published") {
    return await requestLifecycle(context, revision, "published", { approval: { ...approval, by: user.username } });
  }
  const { namespace, name } = revision.metadata;
  const isUseless = hasApproved(revision, user, decision.release) && decision.overrideFreeze === undefined;
  if (isUseless && !waitsForApproval(revision)) return revision;
  const body = { spec: { approvals: { [user.username]: approval } } };
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

async function waitUntilObserved(
  context: Context,
  revision: PackageRevision,
  timeoutMs: number,
): Promise<PackageRevision> {
  const { namespace, name } = revision.metadata;
  const observed = await waitFor(
    context,
    packageRevisions,
    { namespace, name },
    {
      timeoutMs,
      until: (one) => one === undefined || isObserved(one),
      late: () => `the operator has not seen the present state of ${shortName(revision)} yet`,
    },
  );
  if (observed === undefined) throw new CliError("notFound", `${shortName(revision)} was deleted meanwhile`);
  return observed;
}

/** The proposal is not what was reviewed. */
export function notReviewed(now: PackageRevision): CliError {
  const name = shortName(now);
  return new CliError("conflict", `${name} is not what was reviewed any more: nothing was approved`, [
    `its digest is ${now.status?.proposal?.digest ?? "gone, since it is no proposal any more"}`,
    `to review it: kubectl pkg approve ${shellQuote(name)}`,
  ]);
}
