import { packageRevisions, packageVariants, repositories } from "../../../api/resources.ts";
import { packageKey } from "../../../core/identity/revision-key.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { describeSetPlan } from "../../fleet/describe-set.ts";
import { findSet, isOfSet } from "../../fleet/find-set.ts";
import { readSet } from "../../fleet/read-set.ts";
import { withObjectsOf } from "../../fleet/with-objects.ts";
import { printValue, valueFormat } from "../../output/objects.ts";

export const fleetPlanCommand = defineCommand({
  path: "fleet plan",
  group: "Fleets",
  summary: "Show what a PackageVariantSet would create, change and remove",
  description: [
    "Of a manifest that is not applied yet, or of a set in the cluster, such as one with dryRun: true. Nothing is " +
      "changed. The exit code is 4 if the operator would change nothing, since there are too many targets or removals, " +
      "or the template is wrong.",
  ],
  examples: [
    { does: "Before a manifest is applied", command: "fleet plan --filename storefronts.yaml" },
    { does: "Of a set in the cluster", command: "fleet plan storefronts" },
  ],
  args: { name: { kind: "optional", placeholder: "NAME", description: "the name of a PackageVariantSet" } },
  options: {
    filename: { kind: "value", short: "f", value: "FILE", description: "a manifest; - is stdin", completes: "folder" },
    output: {
      kind: "value",
      short: "o",
      value: "FORMAT",
      description: "print status.plan for programs",
      choices: ["json", "yaml"],
    },
  },
  run: async (context, { args: { name }, options: { filename, output } }) => {
    if ((name === undefined) === (filename === undefined)) {
      throw new CliError("usage", "name a PackageVariantSet, or give its manifest with --filename");
    }
    const set = filename === undefined ? await findSet(context, name ?? "") : await readSet(context, filename);
    const { client, namespace } = await context.cluster();
    const { rollout } = set.spec;
    const [all, { items }, revisions] = await Promise.all([
      client.list(packageVariants, { namespace }),
      client.list(repositories, { namespace }),
      // Variants of a rollout are bound to revisions of their upstream.
      rollout === undefined ? { items: [] } : client.list(packageRevisions, { namespace }),
    ]);
    const variants = all.items.filter((one) => isOfSet(set, one));
    // With CEL, which no other command needs at its start.
    const { describePlan, planSet } = await import("../../../core/variant-sets/plan.ts");
    const byPackage = Map.groupBy(revisions.items, ({ spec: { packageRevID: id } }) => packageKey(id.repository, id));
    const plan = planSet({
      // Of all waves.
      set: await withObjectsOf(client, { ...set, spec: { ...set.spec, dryRun: true } }),
      repositories: items,
      revisionsOf: (upstream) => byPackage.get(packageKey(upstream.repository, upstream)) ?? [],
      variants,
      now: context.now(),
    });
    const shown = describePlan(set, plan);
    const format = valueFormat(output);
    if (format !== undefined) await printValue(context, shown ?? { create: 0, change: 0, remove: 0 }, format);
    else for (const line of describeSetPlan(plan, shown, context.style)) context.print(line);
    if (plan.held !== undefined) throw new CliError("refused", `${plan.held.reason}: ${plan.held.message}`);
  },
});
