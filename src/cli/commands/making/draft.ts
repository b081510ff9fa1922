import { defineCommand } from "../../command.ts";
import { createDraft } from "../../packages/create-draft.ts";
import { findRevision } from "../../packages/find.ts";
import { requireLifecycle } from "../../packages/lifecycle.ts";
import { locationIn } from "../../packages/location-in.ts";
import { findRepository } from "../../packages/repositories.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { PACKAGE, WORKSPACE } from "../shared-specs.ts";

export const draftCommand = defineCommand({
  path: "draft",
  aliases: ["rpkg copy", "rpkg edit"],
  group: "Making",
  summary: "Begin the next revision of a package, from its latest published one",
  examples: [{ does: "The next revision", command: "draft edge1/web/storefront" }],
  args: { package: PACKAGE },
  options: { workspace: WORKSPACE, timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const latest = await findRevision(context, args.package.includes("@") ? args.package : `${args.package}@latest`);
    requireLifecycle(latest, ["published", "deletionProposed"]);
    const { repository } = latest.spec.packageRevID;
    const location = locationIn(latest, await findRepository(context, repository));
    await createDraft(context, { repository, location, workspace: options.workspace, spec: {} }, timeoutMs);
  },
});
