import { events, type KubeEvent } from "../../../api/resources.ts";
import { compare } from "../../../core/identity/compare.ts";
import { fieldSelector } from "../../../kube/client/field-selector.ts";
import { defineCommand } from "../../command.ts";
import { shortName } from "../../names/query.ts";
import { formatAge } from "../../output/age.ts";
import { objectFormat, printObjects } from "../../output/objects.ts";
import { printableLine } from "../../output/printable.ts";
import { formatRows } from "../../output/table.ts";
import { findRevision } from "../../packages/find.ts";
import { OUTPUT, PACKAGE } from "../shared-specs.ts";

export const eventsCommand = defineCommand({
  path: "events",
  group: "Looking",
  summary: "List the Events of a package revision, the last one last",
  description: ["Kubernetes keeps Events for an hour, by default."],
  examples: [{ does: "What happened lately", command: "events storefront" }],
  args: { package: PACKAGE },
  options: { output: OUTPUT },
  run: async (context, { args, options }) => {
    const { client } = await context.cluster();
    const revision = await findRevision(context, args.package);
    const { namespace, name } = revision.metadata;
    const selector = fieldSelector({ "regarding.kind": "PackageRevision", "regarding.name": name });
    const { items } = await client.list(events, { namespace, fieldSelector: selector });
    const sorted = items.toSorted((a, b) => compare(lastSeen(a), lastSeen(b)));
    const format = objectFormat(options.output);
    if (format !== undefined) {
      await printObjects(context, events, sorted, { format, single: false });
      return;
    }
    if (sorted.length === 0) {
      context.note(printableLine(`no Events of ${shortName(revision)} found`));
      return;
    }
    const rows = sorted.map((one) => [
      formatAge(lastSeen(one), context.now()),
      one.type,
      one.reason,
      String(one.series?.count ?? 1),
      one.note.replaceAll("\n", " "),
    ]);
    context.print(formatRows(["LAST", "TYPE", "REASON", "COUNT", "NOTE"], rows));
  },
});

function lastSeen({ series, eventTime, metadata }: KubeEvent): string {
  return series?.lastObservedTime ?? eventTime ?? metadata.creationTimestamp ?? "";
}
