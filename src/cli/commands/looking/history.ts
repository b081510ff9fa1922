import { defineCommand } from "../../command.ts";
import { packageOfName, shortName } from "../../names/query.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { findRevision } from "../../packages/find.ts";
import { formatHistory, historyOf } from "../../packages/history.ts";
import { listRevisions } from "../../packages/siblings.ts";
import { OUTPUT, PACKAGE } from "../shared-specs.ts";

export const historyCommand = defineCommand({
  path: "history",
  group: "Looking",
  summary: "List the revisions of a package: who approved them, when, and at which commit",
  description: [
    "The names are those of the operator's signed record in Git. What another client tagged is External, and names " +
      "no user. git log of a tag has each edit. Below are the last rejections, of the object in the cluster.",
  ],
  examples: [{ does: "The newest first", command: "history edge1/web/storefront" }],
  args: { package: PACKAGE },
  options: { output: OUTPUT },
  run: async (context, { args, options }) => {
    const found = await findRevision(context, args.package);
    const { namespace } = found.metadata;
    const all = await listRevisions(await context.cluster(), namespace, found.spec.packageRevID);
    const entries = historyOf(all);
    const format = valueFormat(options.output);
    if (format !== undefined) {
      await printValue(context, { package: packageOfName(shortName(found)), revisions: entries }, format);
      return;
    }
    context.print(formatHistory(entries, context.now()));
  },
});
