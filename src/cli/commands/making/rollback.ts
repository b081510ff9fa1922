import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { packageOfName, shortName } from "../../names/query.ts";
import { createDraft } from "../../packages/create-draft.ts";
import { findRevision } from "../../packages/find.ts";
import { requireLifecycle } from "../../packages/lifecycle.ts";
import { placeOf } from "../../packages/published.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { refTo } from "../../packages/upstream.ts";
import { PACKAGE, WORKSPACE } from "../shared-specs.ts";

export const rollbackCommand = defineCommand({
  path: "rollback",
  group: "Making",
  summary: "Begin the next revision of a package with the files of an earlier one",
  description: [
    "The draft is proposed and approved as any other, and gets the next number: the revisions in between stay in the " +
      "history.",
  ],
  examples: [{ does: "The files of v1, as the next revision", command: "rollback edge1/web/storefront@v1" }],
  args: { package: { ...PACKAGE, description: "a published package revision, such as edge1/web/storefront@v1" } },
  options: { workspace: WORKSPACE, timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    if (!args.package.includes("@")) {
      throw new CliError("usage", `${args.package} names no revision`, [
        `to see those that there are: kubectl pkg history ${shellQuote(args.package)}`,
      ]);
    }
    const earlier = await findRevision(context, args.package, ["published"]);
    requireLifecycle(earlier, ["published", "deletionProposed"]);
    const latest = await findRevision(context, `${packageOfName(shortName(earlier))}@latest`);
    if (latest.metadata.name === earlier.metadata.name) {
      throw new CliError("refused", `${shortName(earlier)} is the latest revision already`);
    }
    const spec = { tasks: [{ type: "clone" as const }], upstream: refTo(earlier) };
    const draft = { ...(await placeOf(context, earlier)), workspace: options.workspace, spec };
    await createDraft(context, draft, timeoutMs);
  },
});
