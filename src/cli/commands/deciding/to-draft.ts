import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { shortName } from "../../names/query.ts";
import { findRevision } from "../../packages/find.ts";
import { requestLifecycle, requireLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { PROPOSAL } from "../shared-specs.ts";

export const withdrawCommand = defineCommand({
  path: "withdraw",
  group: "Deciding",
  summary: "Make your own proposal, or request to propose, a draft again",
  examples: [{ does: "Edit it once more", command: "withdraw storefront" }],
  args: { package: PROPOSAL },
  options: { timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const { name } = await toDraft(context, args.package, options.timeout);
    context.note(`withdrawn: ${name} is a draft`);
  },
});

export const rejectCommand = defineCommand({
  path: "reject",
  aliases: ["rpkg reject"],
  group: "Deciding",
  summary: "Make a proposal of another user a draft again",
  description: ["The reason is recorded in Git with your name, and shown with the draft until it is proposed again."],
  examples: [
    { does: "Send it back to its author", command: "reject storefront --reason 'the limits of memory are missing'" },
  ],
  args: { package: PROPOSAL },
  options: {
    reason: { kind: "value", value: "TEXT", description: "what the author should change, 1024 characters at most" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const { name, isOwn } = await toDraft(context, args.package, options.timeout, options.reason);
    context.note(isOwn ? `withdrawn, as your own proposal: ${name} is a draft` : `rejected: ${name} is a draft`);
  },
});

interface Returned {
  readonly name: string;
  /** Proposed by the user who returned it. */
  readonly isOwn: boolean;
}

/** Both are one step of the lifecycle: a proposal becomes a draft. */
async function toDraft(context: Context, name: string, timeout: string, reason?: string): Promise<Returned> {
  const timeoutMs = parseTimeout(timeout);
  const revision = await findRevision(context, name, ["proposed"]);
  // A request to propose that waits is taken back in the same way.
  const isRequested = revision.spec.lifecycle === "proposed" || revision.spec.lifecycle === "published";
  requireLifecycle(revision, isRequested ? ["proposed", "draft"] : ["proposed"]);
  const requested = await requestLifecycle(context, revision, "draft", reason === undefined ? {} : { reason });
  await waitForLifecycle(context, requested, "draft", timeoutMs);
  const { whoami } = await context.cluster();
  const proposer = revision.status?.proposal?.by ?? revision.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  return { name: shortName(requested), isOwn: proposer === (await whoami()) };
}
