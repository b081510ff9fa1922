import { packageRevisions } from "../../../api/resources.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { isRefused } from "../../../kube/client/errors.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { printReview, reviewFiles } from "../../diff/print-review.ts";
import { shortName } from "../../names/query.ts";
import { confirm } from "../../output/ask.ts";
import { describeReview } from "../../packages/describe-review.ts";
import { findRevision } from "../../packages/find.ts";
import { requestLifecycle, requireLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
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
  ],
  examples: [
    { does: "Review and approve", command: "approve storefront" },
    { does: "For a script that has reviewed this digest", command: 'approve storefront --yes --digest "$DIGEST"' },
  ],
  args: { package: PROPOSAL },
  options: {
    yes: YES,
    digest: DIGEST,
    stat: { kind: "flag", description: "show a line for each file instead of the diff" },
    noWait: { kind: "flag", description: "do not wait until it is published" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    if (options.yes && options.digest === undefined) {
      throw new CliError("usage", "--yes needs --digest: what was reviewed", [
        "without --yes, it is shown, and you are asked",
      ]);
    }
    const found = await findRevision(context, args.package, ["proposed"]);
    requireLifecycle(found, ["proposed"], (_, name) => `to see why: kubectl pkg show ${shellQuote(name)}`);
    const review = await readReview(context, found);
    if (options.digest !== undefined && options.digest !== review.proposal.digest) throw changed(review.revision);
    await show(context, review, options.stat);
    if (!options.yes) await confirm(context, `Approve ${shortName(found)}?`, "--yes --digest DIGEST");
    const approved = await approve(context, review);
    if (options.noWait) {
      context.note(`approved ${shortName(found)}`);
      return;
    }
    const { status } = await waitForLifecycle(context, approved, "published", timeoutMs);
    context.note(`published ${shortName(found)} as ${status?.revision}`);
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

/** Approves what was shown: its digest. */
async function approve(context: Context, { revision, proposal }: Review): Promise<PackageRevision> {
  const { client, whoami } = await context.cluster();
  const approval = { digest: proposal.digest, by: await whoami() };
  try {
    return await requestLifecycle(context, revision, "published", { approval });
  } catch (error) {
    if (!isRefused(error)) throw error;
    const { namespace, name } = revision.metadata;
    const now = await client.get(packageRevisions, { namespace, name });
    if (now.status?.proposal?.digest !== proposal.digest) throw changed(now);
    throw error;
  }
}

function changed(now: PackageRevision): CliError {
  const name = shortName(now);
  return new CliError("conflict", `${name} is not what was reviewed any more: nothing was approved`, [
    `its digest is ${now.status?.proposal?.digest ?? "gone, since it is no proposal any more"}`,
    `to review it: kubectl pkg approve ${shellQuote(name)}`,
  ]);
}
