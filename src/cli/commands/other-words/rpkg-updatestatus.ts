import type { Lifecycle } from "../../../api/v1alpha1/lifecycle.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { type Command, defineCommand, OTHER_WORDS } from "../../command.ts";
import { currentLifecycle } from "../../names/match.ts";
import { shortName } from "../../names/query.ts";
import { findRevision } from "../../packages/find.ts";
import { requireLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { approveCommand } from "../deciding/approve.ts";
import { proposeDeletion, undeleteCommand } from "../deciding/delete.ts";
import { proposeCommand } from "../deciding/propose.ts";
import { withdrawCommand } from "../deciding/to-draft.ts";
import { DIGEST, PACKAGE, YES } from "../shared-specs.ts";

const LIFECYCLES = ["draft", "proposed", "published", "deletionProposed"] as const satisfies readonly Lifecycle[];

export const rpkgUpdateStatusCommand = defineCommand({
  path: "rpkg updatestatus",
  group: OTHER_WORDS,
  summary: "Move a package revision to a state: propose, approve, withdraw, delete or undelete",
  description: ["To publish, it shows the proposal and asks, as approve does; a script gives --yes --digest."],
  examples: [
    { does: "As kubectl pkg propose", command: "rpkg updatestatus edge1.apps.web.shop.one proposed" },
    { does: "As kubectl pkg approve", command: "rpkg updatestatus edge1.apps.web.shop.one published" },
  ],
  args: {
    package: PACKAGE,
    lifecycle: { kind: "required", placeholder: "STATE", description: LIFECYCLES.join(", ") },
  },
  options: { yes: YES, digest: DIGEST, timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const lifecycle = LIFECYCLES.find((one) => one === args.lifecycle);
    if (lifecycle === undefined) {
      throw new CliError("usage", `${JSON.stringify(args.lifecycle)} is no state: ${LIFECYCLES.join(", ")}`);
    }
    const revision = await findRevision(context, args.package);
    const current = currentLifecycle(revision);
    const { timeout } = options;
    const carryOut = async (command: Command, more: Readonly<Record<string, string | boolean | undefined>> = {}) =>
      await command.run(context, { args: { package: revision.metadata.name }, options: { timeout, ...more } });
    switch (lifecycle) {
      case "draft":
        return await carryOut(withdrawCommand);
      case "proposed":
        return await carryOut(proposeCommand, { wait: true });
      case "published":
        if (current === "deletionProposed") return await carryOut(undeleteCommand);
        return await carryOut(approveCommand, { yes: options.yes, digest: options.digest, stat: false, noWait: false });
      case "deletionProposed":
        requireLifecycle(revision, ["published"], (_, name) => `to delete it: kubectl pkg delete ${shellQuote(name)}`);
        return await proposeDeletion(context, revision, parseTimeout(timeout));
    }
    return lifecycle satisfies never;
  },
});

/** porchctl's word deletes nothing that is not published. */
export const rpkgProposeDeleteCommand = defineCommand({
  path: "rpkg propose-delete",
  aliases: ["rpkg propose-del"],
  group: OTHER_WORDS,
  summary: "Propose to delete a published revision: the first step of delete",
  examples: [
    { does: "As kubectl pkg delete, of a published revision", command: "rpkg propose-delete edge1/web/shop@v1" },
  ],
  args: { package: PACKAGE },
  options: { timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const revision = await findRevision(context, args.package, ["published"]);
    requireLifecycle(
      revision,
      ["published"],
      () => `to delete it: kubectl pkg delete ${shellQuote(shortName(revision))}`,
    );
    await proposeDeletion(context, revision, parseTimeout(options.timeout));
  },
});
