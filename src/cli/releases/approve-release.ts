import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { digestOfMembers, isProposed, MAX_MEMBERS } from "../../core/release/members.ts";
import { isApproved } from "../../core/revision/preconditions/approved.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { shortName } from "../names/query.ts";
import { confirm } from "../output/ask.ts";
import { hasApproved, waitsForApproval } from "../packages/approvals.ts";
import { giveApproval } from "../packages/give-approval.ts";
import { waitForLifecycle } from "../packages/lifecycle.ts";
import { type Review, readReview } from "../packages/review.ts";
import { showReview } from "../packages/show-review.ts";
import { listForbidden } from "./approvable.ts";
import { findRelease, findReleaseOf, type Release } from "./find-release.ts";

export interface ApproveReleaseOptions {
  readonly repository: string | undefined;
  readonly yes: boolean;
  /** Of the release: what was reviewed. */
  readonly digest: string | undefined;
  readonly stat: boolean;
  readonly noWait: boolean;
  readonly timeoutMs: number;
}

/** Shows all members of a release and what each changes, asks once, and approves those that the user may approve. */
export async function approveRelease(context: Context, name: string, options: ApproveReleaseOptions): Promise<void> {
  const cluster = await context.cluster();
  const release = await findRelease(context, name, options.repository);
  assertComplete(release);
  const forbidden = await listForbidden(cluster, release.members);
  if (forbidden.length === release.members.length) {
    throw new CliError("refused", `you may approve no member of release ${name}: nothing was approved`, [
      `it needs update on packagerevisions/approval in the namespace ${cluster.namespace}`,
    ]);
  }
  const reviews = await showMembers(context, release, options.stat);
  const digest = digestOfMembers(reviews.map(({ revision }) => revision));
  if (options.digest !== undefined && options.digest !== digest) throw changed(name, digest);
  const user = await cluster.me();
  const isDone = ({ revision }: Review) => isComplete(revision, digest) || hasApproved(revision, user, digest);
  const isForbidden = ({ revision }: Review) => forbidden.some((one) => one.metadata.name === revision.metadata.name);
  const mine = reviews.filter((one) => !isDone(one) && !isForbidden(one));
  describeRelease(context, { release, digest, forbidden });
  if (mine.length === 0) {
    context.note(`nothing is left for you to approve in release ${name}`);
    return;
  }
  const count = mine.length === reviews.length ? `all ${mine.length}` : `${mine.length} of ${reviews.length}`;
  if (!options.yes) await confirm(context, `Approve ${count} members of release ${name}?`, "--yes --digest DIGEST");
  const approved = await approveAll(context, mine, digest, options.timeoutMs);
  const isPublished = !options.noWait && (await waitForRelease(context, release, approved, options.timeoutMs));
  context.note(
    isPublished
      ? `published release ${name}: ${reviews.length} package revisions`
      : `approved ${count} members of release ${name}; it is published once all are approved`,
  );
}

/** True for a member that needs no further approval. */
function isComplete(revision: PackageRevision, digest: string): boolean {
  return isApproved(revision) && revision.spec.approval?.release === digest && !waitsForApproval(revision);
}

/** Waits until the release is published; false as soon as it is known that others have to approve as well. */
async function waitForRelease(
  context: Context,
  { name, members }: Release,
  approved: readonly PackageRevision[],
  timeoutMs: number,
): Promise<boolean> {
  const waits = ({ status }: PackageRevision) => (status?.waitingFor ?? []).length > 0;
  for (const one of approved) await waitForLifecycle(context, one, "published", timeoutMs, waits);
  const [first] = members;
  const now = first && (await findReleaseOf(await context.cluster(), await readMember(context, first)));
  if (now?.name === name && !now.members.every((one) => isComplete(one, now.digest))) return false;
  for (const one of approved) await waitForLifecycle(context, one, "published", timeoutMs);
  return true;
}

async function readMember(context: Context, { metadata: { namespace, name } }: PackageRevision) {
  return await (await context.cluster()).client.get(packageRevisions, { namespace, name });
}

/** @throws CliError refused for a release that could not be published as it is */
function assertComplete({ name, members }: Release): void {
  const drafts = members.filter((one) => !isProposed(one));
  if (drafts.length > 0) {
    throw new CliError(
      "refused",
      `${drafts.length} of ${members.length} members of release ${name} are drafts: nobody can approve them yet`,
      [
        ...drafts.slice(0, 10).map((one) => `a draft: ${shortName(one)}`),
        `to propose them: kubectl pkg propose --release ${shellQuote(name)}`,
      ],
    );
  }
  if (members.length <= MAX_MEMBERS) return;
  throw new CliError("refused", `release ${name} has ${members.length} members: at most ${MAX_MEMBERS} are published`);
}

async function showMembers(context: Context, { members }: Release, stat: boolean): Promise<readonly Review[]> {
  const reviews: Review[] = [];
  for (const [index, member] of members.entries()) {
    const review = await readReview(context, member);
    context.print(context.style.dim(`--- ${index + 1} of ${members.length} ---`));
    await showReview(context, review, stat);
    context.print("");
    reviews.push(review);
  }
  return reviews;
}

interface Description {
  readonly release: Release;
  readonly digest: string;
  readonly forbidden: readonly PackageRevision[];
}

/** What is decided on, behind all that was shown. */
function describeRelease(context: Context, { release, digest, forbidden }: Description): void {
  const { name, members } = release;
  context.print(context.style.bold(`Release ${name}: ${members.length} package revisions, published together`));
  context.print(`Digest: ${digest}`);
  for (const one of members) {
    const changes = one.status?.changes ?? "";
    context.print(`  ${shortName(one)}${changes === "" ? "" : `: ${changes}`}`);
  }
  if (forbidden.length === 0) return;
  const named = forbidden.map(shortName).join(", ");
  context.note(
    `${context.errorStyle.yellow("warning:")} you may not approve ${forbidden.length} of ${members.length}: ${named}; ` +
      "nothing is published before others have approved them",
  );
}

/** Approves what was shown, one after the other. */
async function approveAll(context: Context, reviews: readonly Review[], release: string, timeoutMs: number) {
  const approved: PackageRevision[] = [];
  for (const { revision, proposal } of reviews) {
    try {
      approved.push(await giveApproval(context, revision, { digest: proposal.digest, release }, timeoutMs));
    } catch (error) {
      if (!(error instanceof Error) || approved.length === 0) throw error;
      throw new CliError("conflict", `${shortName(revision)} was not approved: ${error.message}`, [
        `approved already: ${approved.map(shortName).join(", ")}`,
        "nothing is published before all members are approved; to take one back: kubectl pkg approve NAME --take-back",
      ]);
    }
  }
  return approved;
}

function changed(name: string, digest: string): CliError {
  return new CliError("conflict", `release ${name} is not what was reviewed any more: nothing was approved`, [
    `its digest is ${digest}`,
    `to review it: kubectl pkg approve --release ${shellQuote(name)}`,
  ]);
}
