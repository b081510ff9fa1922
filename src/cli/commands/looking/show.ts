import { packageRevisions } from "../../../api/resources.ts";
import { defineCommand } from "../../command.ts";
import { objectFormat, printObjects } from "../../output/objects.ts";
import { describeRevision, nextCommand } from "../../packages/describe.ts";
import { describeSurroundings } from "../../packages/describe-surroundings.ts";
import { findRevision } from "../../packages/find.ts";
import { readSurroundings } from "../../packages/surroundings.ts";
import { OUTPUT, PACKAGE } from "../shared-specs.ts";

export const showCommand = defineCommand({
  path: "show",
  aliases: ["describe"],
  group: "Looking",
  summary: "Show a package revision on one page: state, conditions, gates, changes, history, who uses it",
  examples: [
    { does: "The only open revision, else the latest published one", command: "show storefront" },
    { does: "A certain revision", command: "show edge1/web/storefront@v2" },
  ],
  args: { package: PACKAGE },
  options: { output: OUTPUT },
  run: async (context, { args, options }) => {
    const revision = await findRevision(context, args.package);
    const format = objectFormat(options.output);
    if (format !== undefined) {
      await printObjects(context, packageRevisions, [revision], { format, single: true });
      return;
    }
    const surroundings = await readSurroundings(context, revision);
    for (const line of describeRevision(revision, surroundings, context.style, context.now())) context.print(line);
    const { style } = context;
    for (const line of await describeSurroundings(revision, surroundings, style, context.now())) context.print(line);
    const next = nextCommand(revision);
    if (next !== undefined) context.suggest(next);
  },
});
