import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { compareRevisions } from "../../../core/identity/revision.ts";
import { defineCommand } from "../../command.ts";
import { currentLifecycle } from "../../names/match.ts";
import { packageOfName, shortName } from "../../names/query.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { formatRows } from "../../output/table.ts";
import { findRevision } from "../../packages/find.ts";
import { listRevisions } from "../../packages/siblings.ts";
import { OUTPUT, PACKAGE } from "../shared-specs.ts";

export const historyCommand = defineCommand({
  path: "history",
  group: "Looking",
  summary: "List the revisions of a package: who approved them, when, and at which commit",
  description: [
    "The names are those of the operator's signed record in Git. What another client tagged is External, and names " +
      "no user. git log of a tag has each edit.",
  ],
  examples: [{ does: "The newest first", command: "history edge1/web/storefront" }],
  args: { package: PACKAGE },
  options: { output: OUTPUT },
  run: async (context, { args, options }) => {
    const found = await findRevision(context, args.package);
    const { namespace } = found.metadata;
    const all = await listRevisions(await context.cluster(), namespace, found.spec.packageRevID);
    const entries = all.toSorted(newestFirst).map(entryOf);
    const format = valueFormat(options.output);
    if (format !== undefined) {
      await printValue(context, { package: packageOfName(shortName(found)), revisions: entries }, format);
      return;
    }
    const rows = entries.map((one) => [
      one.version,
      one.lifecycle,
      one.publishedAt ?? "",
      one.publishedBy ?? "",
      one.provenance ?? "",
      one.commit?.slice(0, 12) ?? "",
    ]);
    context.print(formatRows(["VERSION", "LIFECYCLE", "PUBLISHED", "BY", "PROVENANCE", "COMMIT"], rows));
  },
});

function entryOf(one: PackageRevision) {
  const { revision, publishTimestamp: publishedAt, publishedBy, provenance, commit, proposal } = one.status ?? {};
  return {
    version: revision ?? one.spec.packageRevID.workspace,
    lifecycle: currentLifecycle(one),
    ...(publishedAt !== undefined && { publishedAt }),
    ...(publishedBy !== undefined && { publishedBy }),
    ...(proposal?.by !== undefined && { proposedBy: proposal.by }),
    ...(proposal !== undefined && { digest: proposal.digest }),
    ...(provenance !== undefined && { provenance }),
    ...(commit !== undefined && { commit }),
  };
}

/** What is open first, then the published revisions from the highest number. */
function newestFirst(a: PackageRevision, b: PackageRevision): number {
  const [left, right] = [a.status?.revision, b.status?.revision];
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return compareRevisions(right, left);
}
