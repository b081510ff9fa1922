import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { createDraft, locateIn } from "../../packages/create-draft.ts";
import { findRepository } from "../../packages/repositories.ts";
import { startingFiles } from "../../packages/starting-files.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { REPOSITORY, WORKSPACE } from "../shared-specs.ts";

export const initCommand = defineCommand({
  path: "init",
  aliases: ["rpkg init"],
  group: "Making",
  summary: "Begin a new package with a README.md and a package-context.yaml",
  examples: [
    { does: "A blueprint in the catalog", command: "init web/backend --repo catalog" },
    { does: "A blueprint with a pipeline, to begin with", command: "init web/backend --repo catalog --kpt" },
    { does: "A package for the target edge1", command: "init edge1/web/cache --repo deployments --workspace first" },
  ],
  args: {
    path: {
      kind: "required",
      placeholder: "PATH",
      description: "[REALM/]PACKAGE in a catalog, TARGET/[REALM/]PACKAGE in a deployment repository",
    },
  },
  options: {
    repo: REPOSITORY,
    workspace: WORKSPACE,
    kform: { kind: "flag", description: "with an app.yaml of kform blocks: an input, and an object that uses it" },
    kpt: { kind: "flag", description: "with a Kptfile whose pipeline sets the values of setters.yaml" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    if (options.kform && options.kpt) throw new CliError("usage", "--kform and --kpt exclude each other");
    const timeoutMs = parseTimeout(options.timeout);
    const repository = await findRepository(context, options.repo);
    const location = locateIn(repository, args.path);
    const spec = { tasks: [{ type: "init" as const }] };
    const { name } = repository.metadata;
    const kind = options.kform ? "kform" : options.kpt ? "kpt" : undefined;
    const draft = {
      repository: name,
      location,
      workspace: options.workspace,
      spec,
      ...(kind !== undefined && { files: startingFiles(kind, location.package) }),
    };
    await createDraft(context, draft, timeoutMs);
  },
});
