import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import type { NamedLock } from "../../../core/revision/upstream-lock.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { packageOfName, shortName } from "../../names/query.ts";
import { createDraft } from "../../packages/create-draft.ts";
import { findRevision } from "../../packages/find.ts";
import { requireLifecycle } from "../../packages/lifecycle.ts";
import { findPublished, placeOf } from "../../packages/published.ts";
import { listRevisions } from "../../packages/siblings.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { currentUpstream, refTo, upstreamName } from "../../packages/upstream.ts";
import { waitForChecks } from "../../packages/wait-for-checks.ts";
import { PACKAGE, WORKSPACE } from "../shared-specs.ts";

const STRATEGIES = ["resource-merge", "fast-forward", "replace", "copy"] as const;

export const upgradeCommand = defineCommand({
  path: "upgrade",
  aliases: ["rpkg upgrade"],
  group: "Making",
  summary: "Begin the next revision of a package with what its upstream has changed",
  description: [
    "The draft has the package's latest published revision, merged with the changes of its upstream since the revision " +
      "that it was cloned from or upgraded to. What both have changed in different ways stays as it is in the package, " +
      "and is listed in the draft's file merge-conflicts.yaml: resolve it with edit or resolve before you propose.",
  ],
  examples: [
    { does: "To the latest revision of the blueprint", command: "upgrade edge1/web/storefront" },
    { does: "To a certain one", command: "upgrade edge1/web/storefront --to catalog/web/storefront@v2" },
    { does: "Only if nothing was changed here", command: "upgrade edge1/web/storefront --strategy fast-forward" },
  ],
  args: { package: PACKAGE },
  options: {
    to: {
      kind: "value",
      value: "UPSTREAM",
      description: "a published package revision; by default the latest one of the package's upstream",
      completes: "package",
    },
    strategy: {
      kind: "value",
      value: "STRATEGY",
      description: "how local changes are treated; resource-merge by default",
      choices: STRATEGIES,
    },
    workspace: WORKSPACE,
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const latest = await findPublished(context, args.package);
    const source = await findSource(context, latest, options.to);
    const strategy = STRATEGIES.find((one) => one === options.strategy);
    const spec = {
      tasks: [{ type: "upgrade" as const }],
      upstream: refTo(source),
      ...(strategy !== undefined && { upgradeStrategy: strategy }),
    };
    const draft = { ...(await placeOf(context, latest)), workspace: options.workspace, spec };
    const created = await createDraft(context, draft, timeoutMs);
    await waitForChecks(context, created, undefined, timeoutMs);
  },
});

/** Throws a CliError where there is nothing to upgrade to. */
async function findSource(context: Context, latest: PackageRevision, to: string | undefined): Promise<PackageRevision> {
  const name = shellQuote(packageOfName(shortName(latest)));
  const current = currentUpstream(latest);
  if (current === undefined) {
    throw new CliError("refused", `it is not recorded what ${shortName(latest)} was made from`, [
      `to make its next revision without an upstream: kubectl pkg draft ${name}`,
    ]);
  }
  const source = to === undefined ? await findLatest(context, current) : await findRevision(context, to, ["published"]);
  requireLifecycle(source, ["published"], (_, found) => `to see what it needs: kubectl pkg show ${shellQuote(found)}`);
  if (to === undefined && source.status?.revision === current.revision) {
    throw new CliError("refused", `${shortName(latest)} has ${shortName(source)} already, which is the latest`, [
      `to make its next revision without an upgrade: kubectl pkg draft ${name}`,
    ]);
  }
  return source;
}

async function findLatest(context: Context, upstream: NamedLock): Promise<PackageRevision> {
  const cluster = await context.cluster();
  const all = await listRevisions(cluster, cluster.namespace, upstream);
  const latest = all.find(({ metadata }) => metadata.labels?.[LABEL_LATEST] === "true");
  if (latest !== undefined) return latest;
  const hint = "to name another package: --to UPSTREAM";
  throw new CliError("notFound", `${upstreamName(upstream)} has no published revision in ${cluster.namespace}`, [hint]);
}
