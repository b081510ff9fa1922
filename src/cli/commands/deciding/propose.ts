import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { shortName } from "../../names/query.ts";
import { printable } from "../../output/printable.ts";
import { invalidFilesOf } from "../../packages/conditions.ts";
import { findRevision } from "../../packages/find.ts";
import { requestLifecycle, requireLifecycle, waitForLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { joinRelease, proposeRelease } from "../../releases/propose-release.ts";
import { PACKAGE, RELEASE, REPOSITORY, WAIT } from "../shared-specs.ts";

export const proposeCommand = defineCommand({
  path: "propose",
  aliases: ["rpkg propose"],
  group: "Deciding",
  summary: "Propose a draft for review: its files freeze",
  examples: [
    { does: "Propose, and wait until it is proposed or something holds it back", command: "propose storefront --wait" },
    { does: "Propose it as a member of a release", command: "propose storefront --release spring" },
    { does: "Propose all drafts of a release", command: "propose --release spring --wait" },
    { does: "Request it, and go on", command: "propose edge1/web/storefront@first" },
  ],
  description: [
    "With --release and a package, the draft becomes a member of that release, whose members are published together; " +
      "without a package, all drafts that are members are proposed.",
  ],
  args: { package: { ...PACKAGE, kind: "optional" } },
  options: {
    release: RELEASE,
    repo: { ...REPOSITORY, description: "of the release, if several Repositories have one of that name" },
    wait: WAIT,
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const { release, repo: repository, wait } = options;
    if (args.package === undefined) {
      if (release === undefined) throw new CliError("usage", "name a package, or a release with --release");
      return await proposeRelease(context, release, { repository, wait, timeoutMs });
    }
    const revision = await findRevision(context, args.package, ["draft"]);
    requireLifecycle(revision, ["draft"]);
    const draft = release === undefined ? revision : await joinRelease(context, revision, release);
    const requested = await requestLifecycle(context, draft, "proposed");
    const name = shortName(requested);
    if (!wait) {
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
