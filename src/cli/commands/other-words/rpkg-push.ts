import { resolve } from "node:path";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand, OTHER_WORDS } from "../../command.ts";
import { displayPath } from "../../folder/local-files.ts";
import { requireState } from "../../folder/state.ts";
import { shortName } from "../../names/query.ts";
import { findRevision } from "../../packages/find.ts";
import { pushCommand } from "../making/push.ts";
import { DIR, PACKAGE } from "../shared-specs.ts";

export const rpkgPushCommand = defineCommand({
  path: "rpkg push",
  group: OTHER_WORDS,
  summary: "Send what changed in a pulled folder to its draft: push",
  description: ["The folder must have been pulled from this package revision."],
  examples: [{ does: "As kubectl pkg push shop", command: "rpkg push edge1.apps.web.shop.one shop" }],
  args: { package: PACKAGE, dir: DIR },
  options: pushCommand.options,
  run: async (context, { args, options }) => {
    const dir = resolve(context.cwd, args.dir);
    const { name } = await requireState(dir);
    const revision = await findRevision(context, args.package, ["draft"]);
    if (revision.metadata.name !== name) {
      const folder = displayPath(context.cwd, dir);
      throw new CliError("refused", `${folder} was pulled from ${name}, and not from ${shortName(revision)}`, [
        `to push it there: kubectl pkg push ${shellQuote(folder)}`,
      ]);
    }
    await pushCommand.run(context, { args: { dir: args.dir }, options });
  },
});
