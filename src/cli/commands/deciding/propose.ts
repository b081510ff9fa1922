import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { defineCommand } from "../../command.ts";
import { shortName } from "../../names/query.ts";
import { printable } from "../../output/printable.ts";
import { invalidFilesOf } from "../../packages/conditions.ts";
import { findRevision } from "../../packages/find.ts";
import { requestLifecycle, requireLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { PACKAGE, WAIT } from "../shared-specs.ts";

export const proposeCommand = defineCommand({
  path: "propose",
  aliases: ["rpkg propose"],
  group: "Deciding",
  summary: "Propose a draft for review: its files freeze",
  examples: [
    { does: "Propose, and wait until it is proposed or something holds it back", command: "propose storefront --wait" },
    { does: "Request it, and go on", command: "propose edge1/web/storefront@first" },
  ],
  args: { package: PACKAGE },
  options: { wait: WAIT, timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const revision = await findRevision(context, args.package, ["draft"]);
    requireLifecycle(revision, ["draft"]);
    const requested = await requestLifecycle(context, revision, "proposed");
    const name = shortName(requested);
    if (!options.wait) {
      context.note(`requested: ${name} is proposed as soon as nothing holds it back`);
      context.suggest(`wait ${shellQuote(name)} --for proposed`);
      return;
    }
    const proposed = await waitForLifecycle(context, requested, "proposed", timeoutMs);
    context.note(`proposed ${name}, digest ${proposed.status?.proposal?.digest ?? "unknown"}`);
    const files = invalidFilesOf(proposed);
    if (files?.status === "False") {
      const problems = printable(`files: ${files.reason}: ${files.message}`);
      context.note(`${context.errorStyle.yellow("warning:")} ${problems}`);
    }
    context.suggest(`approve ${shellQuote(name)}`);
  },
});
