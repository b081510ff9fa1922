import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { printReview, reviewFiles } from "../../diff/print-review.ts";
import { shortName } from "../../names/query.ts";
import { confirm } from "../../output/ask.ts";
import { waitsLong } from "../../packages/approvals.ts";
import { readyOf } from "../../packages/conditions.ts";
import { describeReview } from "../../packages/describe-review.ts";
import { findRevision } from "../../packages/find.ts";
import { giveApproval, notReviewed, takeBackApproval } from "../../packages/give-approval.ts";
import { requireLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
import { type Review, readReview } from "../../packages/review.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { DIGEST, PROPOSAL, YES } from "../shared-specs.ts";

export const approveCommand = defineCommand({
  path: "approve",
  aliases: ["rpkg approve"],
  group: "Deciding",
  summary: "Show a proposal and what it changes, ask, and publish exactly that",
  description: [
    "It shows the risks first, such as new rights in the cluster, then the Kubernetes objects with the fields that " +
      "differ, and the diff.",
    "The approval names the digest of what was shown. If the package is withdrawn, edited and proposed again meanwhile, " +
      "it is refused, with exit code 5. A script gives the digest that was reviewed: --yes --digest.",
    "Where the Repository asks for several approvals, it adds yours, and says who has to follow; the last one publishes. During " +
      "a freeze it says when that ends, and does not wait for it.",
  ],
  examples: [
    { does: "Review and approve", command: "approve storefront" },
    { does: "Change your mind, while it waits for others", command: "approve storefront --take-back" },
    { does: "For a script that has reviewed this digest", command: 'approve storefront --yes --digest "$DIGEST"' },
  ],
  args: { package: PROPOSAL },
  options: {
    yes: YES,
    digest: DIGEST,
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
    const found = await findRevision(context, args.package, ["proposed"]);
    requireLifecycle(found, ["proposed"], (_, name) => `to see why: kubectl pkg show ${shellQuote(name)}`);
    if (options.takeBack) {
      await takeBackApproval(context, found);
      context.note(`your approval of ${shortName(found)} is taken back`);
      return;
    }
    const review = await readReview(context, found);
    if (options.digest !== undefined && options.digest !== review.proposal.digest) throw notReviewed(review.revision);
    await show(context, review, options.stat);
    if (!options.yes) await confirm(context, `Approve ${shortName(found)}?`, "--yes --digest DIGEST");
    const decision = { digest: review.proposal.digest, overrideFreeze: options.overrideFreeze };
    const approved = await giveApproval(context, review.revision, decision, timeoutMs);
    if (options.noWait) {
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

async function show(context: Context, review: Review, stat: boolean): Promise<void> {
  for (const line of describeReview(review, context.style, context.now())) context.print(line);
  context.print("");
  const { previous } = review;
  const [before = new Map(), after = new Map()] = reviewFiles(previous?.contents, review.contents);
  const sides = {
    before: { name: previous === undefined ? "" : shortName(previous.revision), files: before },
    after: { name: shortName(review.revision), files: after },
  };
  await printReview(context, sides, stat ? "stat" : "full");
}
