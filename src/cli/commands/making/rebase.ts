import { packageRevisions } from "../../../api/resources.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../../api/v1alpha1/well-known.ts";
import { asRecorded } from "../../../core/identity/recorded-names.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { rebaseRequester } from "../../../core/revision/rebase.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { shortName } from "../../names/query.ts";
import { reasonOf } from "../../packages/conditions.ts";
import { findRevision } from "../../packages/find.ts";
import { editHint, requireLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { waitFor } from "../../packages/wait-for.ts";
import { waitForChecks } from "../../packages/wait-for-checks.ts";
import { PACKAGE } from "../shared-specs.ts";

export const rebaseCommand = defineCommand({
  path: "rebase",
  group: "Making",
  summary: "Merge what was published since into a draft, and what main has beyond that",
  description: [
    "For a draft that another revision of its package has overtaken (get --behind), or whose package was changed on " +
      "main: its changes stay, and it has those of the others as well. What both have changed in different ways stays " +
      "as the draft has it, and is listed in its file merge-conflicts.yaml: resolve it with edit or resolve before you " +
      "propose.",
  ],
  examples: [{ does: "A draft of a package that was published since", command: "rebase edge1/web/storefront@first" }],
  args: { package: PACKAGE },
  options: { timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const revision = await findRevision(context, args.package, ["draft"]);
    requireLifecycle(revision, ["draft"], editHint);
    const requested = await request(context, revision);
    const { status } = await waitForAnswer(context, requested, timeoutMs);
    const name = shortName(revision);
    const { result, message = "" } = status?.lastRebase ?? {};
    if (result === "Refused") throw new CliError("refused", `${name} was not rebased: ${message}`);
    context.note(`${name}: ${message}`);
    if (result !== "Rebased") return;
    // The answer comes before the commit is in status.
    await waitForChecks(context, revision, undefined, timeoutMs);
    context.suggest(`diff ${shellQuote(name)}`);
  },
});

async function request(context: Context, { metadata: { namespace, name } }: PackageRevision): Promise<PackageRevision> {
  const { client, whoami } = await context.cluster();
  const annotations = { [ANNOTATION_REBASE_REQUESTED_BY]: asRecorded(await whoami()) };
  return await client.patch(
    packageRevisions,
    { namespace, name },
    { kind: "merge", body: { metadata: { annotations } } },
  );
}

/** The operator removes the request once status has the answer. */
async function waitForAnswer(context: Context, revision: PackageRevision, timeoutMs: number): Promise<PackageRevision> {
  const { namespace, name } = revision.metadata;
  const short = shortName(revision);
  const answered = await waitFor(
    context,
    packageRevisions,
    { namespace, name },
    {
      timeoutMs,
      until: (one) => one === undefined || rebaseRequester(one) === undefined,
      progress: (one) => one && reasonOf(one),
      late: (one) => `${short} is not rebased yet: ${reasonOf(one) ?? "the operator is silent"}`,
    },
  );
  if (answered !== undefined) return answered;
  throw new CliError("notFound", `${short} was deleted meanwhile`);
}
