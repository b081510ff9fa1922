import { defineCommand } from "../../command.ts";
import { createDraft } from "../../packages/create-draft.ts";
import { findPublished, placeOf } from "../../packages/published.ts";
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
    const place = await placeOf(context, await findPublished(context, args.package));
    await createDraft(context, { ...place, workspace: options.workspace, spec: {} }, timeoutMs);
  },
});
