import { packageRevisions } from "../../../api/resources.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { isConflict } from "../../../kube/client/errors.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { shortName } from "../../names/query.ts";
import { formatChanges } from "../../output/changes.ts";
import { findRevision } from "../../packages/find.ts";
import { editHint, requireLifecycle } from "../../packages/lifecycle.ts";
import { planSettings, type SettingChange, type Settings } from "../../settings/plan-settings.ts";
import { readInputs } from "../../settings/read-inputs.ts";
import { parseGates, parseLabels } from "../../settings/words.ts";
import { PACKAGE } from "../shared-specs.ts";

/** Another user's change between reading and writing. */
const MAX_ATTEMPTS = 10;

export const setCommand = defineCommand({
  path: "set",
  group: "Making",
  summary: "Set inputs, labels and readiness gates of a draft",
  description: [
    "An input is a KRM object with values for the package. It replaces the input of its kind, namespace and name, or is " +
      "added. Labels are written as for kubectl label: KEY=VALUE sets one, KEY- removes it. TYPE- removes a gate. What " +
      "is so already is left alone. All of it is one change of the object, and is recorded in Git.",
  ],
  examples: [
    { does: "A label, and one less", command: "set storefront --label tier=front --label trial-" },
    { does: "The objects of a file as inputs", command: "set storefront --input values.yaml" },
    { does: "Without one of its inputs", command: "set storefront --remove-input ConfigMap/values" },
    { does: "Not to be proposed before a scanner has said True", command: "set storefront --gate example.com/scanned" },
  ],
  args: { package: PACKAGE },
  options: {
    input: { kind: "list", value: "FILE", description: "a YAML file of inputs; - is stdin", completes: "folder" },
    removeInput: { kind: "list", value: "NAME", description: "an input, such as ConfigMap/values" },
    label: { kind: "list", short: "l", value: "LABEL", description: "KEY=VALUE sets a label, KEY- removes it" },
    gate: { kind: "list", value: "TYPE", description: "TYPE adds a readiness gate, TYPE- removes it" },
    dryRun: { kind: "flag", description: "let the API server check the change, and store nothing" },
  },
  run: async (context, { args, options }) => {
    const settings = {
      labels: parseLabels(options.label),
      gates: parseGates(options.gate),
      inputs: (await readInputs(context, options.input)).map(({ object }) => object),
      removedInputs: options.removeInput,
    };
    if (Object.values(settings).every((one) => ("size" in one ? one.size : one.length) === 0)) {
      throw new CliError("usage", "there is nothing to set: give --input, --label or --gate");
    }
    const revision = await findRevision(context, args.package, ["draft"]);
    const changes = await change(context, revision, settings, options.dryRun);
    for (const line of formatChanges(changes, context.style)) context.print(line);
    const name = shortName(revision);
    if (changes.length === 0) context.note(`${name} has all of that already`);
    else context.note(options.dryRun ? `that would be set in ${name}` : `set in ${name}`);
    if (!options.dryRun) context.suggest(`show ${shellQuote(name)}`);
  },
});

async function change(
  context: Context,
  found: PackageRevision,
  settings: Settings,
  dryRun: boolean,
): Promise<readonly SettingChange[]> {
  const { client, whoami } = await context.cluster();
  const { namespace, name } = found.metadata;
  let revision = found;
  for (let attempt = 1; ; attempt++) {
    requireLifecycle(revision, ["draft"], editHint);
    const { changes, patch } = planSettings(revision, settings, await whoami());
    if (changes.length === 0) return changes;
    try {
      await client.patch(packageRevisions, { namespace, name }, { kind: "json", body: patch }, { dryRun });
      return changes;
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
      revision = await client.get(packageRevisions, { namespace, name });
    }
  }
}
