import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { isApproved } from "../../../core/revision/preconditions/approved.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { shortName } from "../../names/query.ts";
import { confirm } from "../../output/ask.ts";
import { waitsLong } from "../../packages/approvals.ts";
import { readyOf } from "../../packages/conditions.ts";
import { findRevision } from "../../packages/find.ts";
import { giveApproval, notReviewed, takeBackApproval } from "../../packages/give-approval.ts";
import { requireLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
import { readReview } from "../../packages/review.ts";
import { showReview } from "../../packages/show-review.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { approveRelease } from "../../releases/approve-release.ts";
import { findReleaseOf, type Release } from "../../releases/find-release.ts";
import { DIGEST, PROPOSAL, RELEASE, REPOSITORY, YES } from "../shared-specs.ts";

export const approveCommand = defineCommand({
  path: "approve",
  aliases: ["rpkg approve"],
  group: "Deciding",
  summary: "Show a proposal and what it changes, ask, and publish exactly that",
  description: [
    "It shows the risks first, such as new rights in the cluster, then the Kubernetes objects with the fields that " +
      "differ, and the diff.",
    "With --release all members of a release are shown, one after the other, and approved with one answer: they are " +
      "published together, or not at all. Members that you may not approve are named before; others approve them.",
    "The approval names the digest of what was shown. If the package is withdrawn, edited and proposed again meanwhile, " +
      "it is refused, with exit code 5. A script gives the digest that was reviewed: --yes --digest.",
    "Where the Repository asks for several approvals, it adds yours, and says who has to follow; the last one publishes. During " +
      "a freeze it says when that ends, and does not wait for it.",
  ],
  examples: [
    { does: "Review and approve", command: "approve storefront" },
    { does: "Change your mind, while it waits for others", command: "approve storefront --take-back" },
    { does: "Review and approve all members of a release", command: "approve --release spring" },
    { does: "For a script that has reviewed this digest", command: 'approve storefront --yes --digest "$DIGEST"' },
  ],
  args: { package: { ...PROPOSAL, kind: "optional" } },
  options: {
    release: RELEASE,
    repo: { ...REPOSITORY, description: "of the release, if several Repositories have one of that name" },
    yes: YES,
    digest: { ...DIGEST, description: "the digest that was reviewed (status.proposal.digest, status.release.digest)" },
    stat: { kind: "flag", description: "show a line for each file instead of the diff" },
    overrideFreeze: {
      kind: "value",
      value: "REASON",
      description: "publish it during a freeze of the Repository, and say why, in 256 characters at most",
    },
    takeBack: { kind: "flag", description: "take your approval back, while others are missing" },
    noWait: { kind: "flag", description: "do not wait until it is published" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    if (options.yes && options.digest === undefined && !options.takeBack) {
      throw new CliError("usage", "--yes needs --digest: what was reviewed", [
        "without --yes, it is shown, and you are asked",
      ]);
    }
    if ((args.package === undefined) === (options.release === undefined)) {
      throw new CliError("usage", "name a package, or a release with --release");
    }
    if (options.release !== undefined) {
      if (options.takeBack)
        throw new CliError("usage", "--take-back is for a package: an approval is taken back alone");
      return await approveRelease(context, options.release, { ...options, repository: options.repo, timeoutMs });
    }
    const found = await findRevision(context, args.package ?? "", ["proposed"]);
    requireLifecycle(found, ["proposed"], (_, name) => `to see why: kubectl pkg show ${shellQuote(name)}`);
    if (options.takeBack) {
      await takeBackApproval(context, found);
      context.note(`your approval of ${shortName(found)} is taken back`);
      return;
    }
    const review = await readReview(context, found);
    const release = await findReleaseOf(await context.cluster(), review.revision);
    if (options.digest !== undefined && options.digest !== review.proposal.digest) throw notReviewed(review.revision);
    await showReview(context, review, options.stat);
    if (release !== undefined) context.note(describeMembership(release));
    if (!options.yes) await confirm(context, `Approve ${shortName(found)}?`, "--yes --digest DIGEST");
    const decision = {
      digest: review.proposal.digest,
      overrideFreeze: options.overrideFreeze,
      release: release?.digest,
    };
    const approved = await giveApproval(context, review.revision, decision, timeoutMs);
    if (options.noWait || (release !== undefined && !isLastOf(release, approved))) {
      context.note(`approved ${shortName(found)}`);
      return;
    }
    const done = await waitForLifecycle(context, approved, "published", timeoutMs, waitsLong);
    context.note(
      done.status?.lifecycle === "published"
        ? `published ${shortName(found)} as ${done.status.revision}`
        : `approved ${shortName(found)}: ${readyOf(done)?.message}`,
    );
  },
});

function describeMembership({ name, members }: Release): string {
  return (
    `it is one of ${members.length} members of release ${name}, which are published together; to see and approve all: ` +
    `kubectl pkg approve --release ${shellQuote(name)}`
  );
}

/** True if all others are approved: then it is worth waiting for the publication. */
function isLastOf({ members, digest }: Release, approved: PackageRevision): boolean {
  return members.every(
    (one) => one.metadata.name === approved.metadata.name || (isApproved(one) && one.spec.approval?.release === digest),
  );
}
