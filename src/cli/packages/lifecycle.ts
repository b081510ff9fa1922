import { packageRevisions } from "../../api/resources.ts";
import type { Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import {
  ANNOTATION_LIFECYCLE_CHANGED_BY,
  ANNOTATION_PROPOSED_BY,
  ANNOTATION_REJECTION_REASON,
} from "../../api/v1alpha1/well-known.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { currentLifecycle } from "../names/match.ts";
import { packageOfName, shortName } from "../names/query.ts";
import { reasonOf, stalledOf } from "./conditions.ts";
import { waitFor } from "./wait-for.ts";

/** Requests a lifecycle, in the name of the user. */
export async function requestLifecycle(
  context: Context,
  revision: PackageRevision,
  lifecycle: Lifecycle,
  {
    approval,
    reason,
  }: { readonly approval?: NonNullable<PackageRevision["spec"]["approval"]>; readonly reason?: string } = {},
): Promise<PackageRevision> {
  const { client, whoami } = await context.cluster();
  const me = await whoami();
  const annotations = {
    [ANNOTATION_LIFECYCLE_CHANGED_BY]: me,
    ...(lifecycle === "proposed" && { [ANNOTATION_PROPOSED_BY]: me }),
    // One of an earlier request is removed.
    [ANNOTATION_REJECTION_REASON]: reason ?? null,
  };
  // Approvals are taken back with the step that they were for.
  const none = lifecycle === "draft" && { approval: null, approvals: null };
  const spec = { lifecycle, ...(approval !== undefined ? { approval } : none) };
  const { namespace, name } = revision.metadata;
  const body = { metadata: { annotations }, spec };
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/**
 * Waits until the state is the requested one, or one that the caller accepts as well.
 * @throws CliError refused if it needs a person; conflict if another user took the request back; timedOut
 */
export async function waitForLifecycle(
  context: Context,
  revision: PackageRevision,
  lifecycle: Lifecycle,
  timeoutMs: number,
  isAccepted: (one: PackageRevision) => boolean = () => false,
): Promise<PackageRevision> {
  const { namespace, name } = revision.metadata;
  const found = await waitFor(
    context,
    packageRevisions,
    { namespace, name },
    {
      timeoutMs,
      until: (one) => hasReached(one, revision, lifecycle) || (one !== undefined && isObserved(one) && isAccepted(one)),
      progress: (one) => one && describeProgress(one),
      late: (one) => `${shortName(revision)} is not ${lifecycle} yet: ${reasonOf(one) ?? "the operator is silent"}`,
    },
  );
  return found ?? revision;
}

/** True if the operator has seen the present desired state. */
export function isObserved({ metadata, status }: PackageRevision): boolean {
  return status?.observedGeneration === metadata.generation;
}

function hasReached(one: PackageRevision | undefined, before: PackageRevision, lifecycle: Lifecycle): boolean {
  const name = shortName(before);
  if (one === undefined) throw new CliError("notFound", `${name} was deleted meanwhile`);
  if (one.status?.lifecycle === lifecycle && isObserved(one)) return true;
  const desired = one.spec.lifecycle ?? "draft";
  if (desired !== lifecycle) {
    const why = one.status?.takenBack ?? `spec.lifecycle is ${desired} again`;
    throw new CliError("conflict", `the request was taken back: ${why}`, [
      `to see it: kubectl pkg show ${shellQuote(name)}`,
    ]);
  }
  const stalled = stalledOf(one);
  if (isObserved(one) && stalled !== undefined) {
    throw new CliError("refused", `${name} is not ${lifecycle}: ${stalled.reason}: ${stalled.message}`, [
      `to see it: kubectl pkg show ${shellQuote(name)}`,
      ...(lifecycle === "proposed"
        ? [`corrected, it is proposed; to take the request back: kubectl pkg withdraw ${shellQuote(name)}`]
        : []),
    ]);
  }
  return false;
}

function describeProgress(one: PackageRevision): string {
  return `${currentLifecycle(one)}: ${reasonOf(one) ?? "not seen by the operator yet"}`;
}

/** @throws CliError if the revision is in no state that the command can work with */
export function requireLifecycle(
  revision: PackageRevision,
  wanted: readonly Lifecycle[],
  hintOf: (lifecycle: Lifecycle, name: string) => string | undefined = () => undefined,
): void {
  const current = currentLifecycle(revision);
  const name = shortName(revision);
  if (revision.metadata.deletionTimestamp !== undefined) throw new CliError("refused", `${name} is being deleted`);
  if (wanted.includes(current)) return;
  const hint = hintOf(current, name);
  throw new CliError(
    "refused",
    `${name} is ${current}, and not ${wanted.join(" or ")}`,
    hint === undefined ? [] : [hint],
  );
}

/** What to do to edit a revision that is no draft. */
export function editHint(lifecycle: Lifecycle, name: string): string | undefined {
  if (lifecycle === "proposed") return `to make it a draft again: kubectl pkg withdraw ${shellQuote(name)}`;
  return `to begin the next revision: kubectl pkg draft ${shellQuote(packageOfName(name))}`;
}
