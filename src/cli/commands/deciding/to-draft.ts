import { type Command, defineCommand } from "../../command.ts";
import { shortName } from "../../names/query.ts";
import { findRevision } from "../../packages/find.ts";
import { requestLifecycle, requireLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { PACKAGE } from "../shared-specs.ts";

export const withdrawCommand = toDraft({
  path: "withdraw",
  summary: "Make your own proposal, or request to propose, a draft again",
  does: "Edit it once more",
  done: "withdrawn",
});

export const rejectCommand = toDraft({
  path: "reject",
  aliases: ["rpkg reject"],
  summary: "Make a proposal of another user a draft again",
  does: "Send it back to its author",
  done: "rejected",
});

/** Both are one step of the lifecycle: a proposal becomes a draft. */
function toDraft(words: {
  readonly path: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly does: string;
  readonly done: string;
}): Command {
  return defineCommand({
    path: words.path,
    aliases: words.aliases ?? [],
    group: "Deciding",
    summary: words.summary,
    examples: [{ does: words.does, command: `${words.path} storefront` }],
    args: { package: PACKAGE },
    options: { timeout: TIMEOUT },
    run: async (context, { args, options }) => {
      const timeoutMs = parseTimeout(options.timeout);
      const revision = await findRevision(context, args.package, ["proposed"]);
      // A request to propose that waits is taken back in the same way.
      const isRequested = revision.spec.lifecycle === "proposed" || revision.spec.lifecycle === "published";
      requireLifecycle(revision, isRequested ? ["proposed", "draft"] : ["proposed"]);
      const requested = await requestLifecycle(context, revision, "draft");
      await waitForLifecycle(context, requested, "draft", timeoutMs);
      context.note(`${words.done}: ${shortName(requested)} is a draft`);
    },
  });
}
