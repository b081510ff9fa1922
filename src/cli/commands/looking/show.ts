import { packageRevisions } from "../../../api/resources.ts";
import { defineCommand } from "../../command.ts";
import { objectFormat, printObjects } from "../../output/objects.ts";
import { describeRevision, nextCommand } from "../../packages/describe.ts";
import { findRevision } from "../../packages/find.ts";
import { readRepositoryOf } from "../../packages/repositories.ts";
import { OUTPUT, PACKAGE } from "../shared-specs.ts";

export const showCommand = defineCommand({
  path: "show",
  group: "Looking",
  summary: "Show a package revision on one page: state, conditions, gates, proposal, upstream",
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
    const repository = await readRepositoryOf(await context.cluster(), revision);
    for (const line of describeRevision(revision, repository, context.style, context.now())) context.print(line);
    const next = nextCommand(revision);
    if (next !== undefined) context.suggest(next);
  },
});
