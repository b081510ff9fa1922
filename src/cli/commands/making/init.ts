import { defineCommand } from "../../command.ts";
import { createDraft, locateIn } from "../../packages/create-draft.ts";
import { findRepository } from "../../packages/repositories.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { REPOSITORY, WORKSPACE } from "../shared-specs.ts";

export const initCommand = defineCommand({
  path: "init",
  aliases: ["rpkg init"],
  group: "Making",
  summary: "Begin a new package with a README.md and a package-context.yaml",
  examples: [
    { does: "A blueprint in the catalog", command: "init web/backend --repo catalog" },
    { does: "A package for the target edge1", command: "init edge1/web/cache --repo deployments --workspace first" },
  ],
  args: {
    path: {
      kind: "required",
      placeholder: "PATH",
      description: "[REALM/]PACKAGE in a catalog, TARGET/[REALM/]PACKAGE in a deployment repository",
    },
  },
  options: { repo: REPOSITORY, workspace: WORKSPACE, timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const repository = await findRepository(context, options.repo);
    const location = locateIn(repository, args.path);
    const spec = { tasks: [{ type: "init" as const }] };
    const { name } = repository.metadata;
    await createDraft(context, { repository: name, location, workspace: options.workspace, spec }, timeoutMs);
  },
});
