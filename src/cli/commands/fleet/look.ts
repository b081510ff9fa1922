import type { KubeObject } from "../../../api/meta.ts";
import { packageVariantSets, packageVariants } from "../../../api/resources.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { describeSet } from "../../fleet/describe-set.ts";
import { findSet, isOfSet } from "../../fleet/find-set.ts";
import { watchRollout } from "../../fleet/watch-rollout.ts";
import { objectFormat, printObjects } from "../../output/objects.ts";
import { printList } from "../../output/print-list.ts";
import { listKind } from "../list-kind.ts";
import { LIST_OPTIONS } from "../list-options.ts";
import { OUTPUT, SET_NAME } from "../shared-specs.ts";

export const fleetListCommand = defineCommand({
  path: "fleet list",
  aliases: ["fleet get", "fleet ls"],
  group: "Fleets",
  summary: "List the PackageVariantSets",
  examples: [
    { does: "Of the namespace", command: "fleet list" },
    { does: "As they go on", command: "fleet list -w" },
  ],
  args: {},
  options: LIST_OPTIONS,
  run: listKind(packageVariantSets),
});

export const fleetStatusCommand = defineCommand({
  path: "fleet status",
  group: "Fleets",
  summary: "Show how far a fleet is: a PackageVariantSet, and the variant of each target",
  examples: [
    { does: "One set, with its variants", command: "fleet status storefronts" },
    { does: "Go on with changes of its variants and its rollout", command: "fleet status storefronts -w" },
  ],
  args: { name: SET_NAME },
  options: { output: OUTPUT, watch: LIST_OPTIONS.watch },
  run: async (context, { args, options: { output, watch } }) => {
    const set = await findSet(context, args.name);
    const format = objectFormat(output);
    if (format !== undefined) {
      if (watch) throw new CliError("usage", "--watch prints a table: leave out --output");
      await printObjects(context, packageVariantSets, [set], { format, single: true });
      return;
    }
    for (const line of describeSet(set, context.style, context.now())) context.print(line);
    context.print("");
    const { client, namespace } = await context.cluster();
    const list = { namespace };
    const isShown = (object: KubeObject) => isOfSet(set, object);
    const all = await client.listTable(packageVariants, list);
    const table = { ...all, rows: all.rows.filter(({ object }) => isShown(object)) };
    const print = printList(context, packageVariants, table, {
      output: undefined,
      watch,
      withNamespace: false,
      single: false,
      list,
      isShown,
    });
    await (watch ? Promise.all([print, watchRollout(context, set)]) : print);
  },
});
