import { packageRevisions } from "../../../api/resources.ts";
import { defineCommand } from "../../command.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { printable } from "../../output/printable.ts";
import { findRevision } from "../../packages/find.ts";
import { buildUpstreamTree, formatUpstreamTree } from "../../packages/upstream-tree.ts";
import { OUTPUT, PACKAGE } from "../shared-specs.ts";

export const treeCommand = defineCommand({
  path: "tree",
  group: "Looking",
  summary: "Show which packages were cloned from which, with their revisions",
  examples: [{ does: "Who uses a blueprint", command: "tree catalog/web/storefront@latest" }],
  args: { package: PACKAGE },
  options: { output: OUTPUT },
  run: async (context, { args, options }) => {
    const { client } = await context.cluster();
    const own = await findRevision(context, args.package);
    const { items } = await client.list(packageRevisions, { namespace: own.metadata.namespace });
    const tree = buildUpstreamTree(own, items);
    const format = valueFormat(options.output);
    if (format !== undefined) await printValue(context, tree, format);
    else for (const line of formatUpstreamTree(tree)) context.print(printable(line));
  },
});
