import { CliError } from "../../cli-error.ts";
import { defineCommand, OTHER_WORDS } from "../../command.ts";
import { type NamedParts, parseObjectName } from "../../names/object-name.ts";
import { TIMEOUT } from "../../packages/timeout.ts";
import { cloneCommand } from "../making/clone.ts";
import { initCommand } from "../making/init.ts";
import { REPOSITORY, WORKSPACE } from "../shared-specs.ts";

const SHAPE = "TARGET.REPOSITORY.REALM.PACKAGE.WORKSPACE";

export const rpkgCreateCommand = defineCommand({
  path: "rpkg create",
  group: OTHER_WORDS,
  summary: "Begin a new package, named as pkgctl does: init",
  examples: [
    { does: "As kubectl pkg init edge1/web/shop --workspace one", command: "rpkg create edge1.apps.web.shop.one" },
  ],
  args: { name: { kind: "required", placeholder: "NAME", description: SHAPE } },
  options: { timeout: TIMEOUT },
  run: async (context, { args, options: { timeout } }) => {
    const { repository: repo, path, workspace } = requireObjectName(args.name);
    await initCommand.run(context, { args: { path }, options: { repo, workspace, timeout } });
  },
});

export const rpkgCloneCommand = defineCommand({
  path: "rpkg clone",
  group: OTHER_WORDS,
  summary: "Begin a package as a copy of a published one: clone",
  description: [
    "With two names of objects the new one comes first, as for pkgctl. Else the source comes first, as for porchctl and " +
      "kubectl pkg clone.",
  ],
  examples: [
    { does: "As pkgctl", command: "rpkg clone edge1.apps.web.shop.one catalog.base.web.shop.v1" },
    { does: "As porchctl", command: "rpkg clone catalog.base.web.shop.v1 edge1/web/shop --repo apps --workspace one" },
  ],
  args: {
    first: { kind: "required", placeholder: "NAME", description: `the new package, ${SHAPE}; or the source` },
    second: {
      kind: "required",
      placeholder: "SOURCE",
      description: "a published package revision; or the new package",
    },
  },
  options: { repo: REPOSITORY, workspace: WORKSPACE, timeout: TIMEOUT },
  run: async (context, { args: { first, second }, options }) => {
    const isPkgctl = parseObjectName(first) !== undefined && parseObjectName(second) !== undefined;
    if (!isPkgctl) {
      await cloneCommand.run(context, { args: { upstream: first, target: second }, options });
      return;
    }
    if (options.repo !== undefined || options.workspace !== undefined) {
      throw new CliError("usage", `${first} names the Repository and the workspace: give no --repo or --workspace`);
    }
    const { repository: repo, path, workspace } = requireObjectName(first);
    const { timeout } = options;
    await cloneCommand.run(context, {
      args: { upstream: second, target: path },
      options: { repo, workspace, timeout },
    });
  },
});

function requireObjectName(text: string): NamedParts {
  const named = parseObjectName(text);
  if (named !== undefined) return named;
  throw new CliError("usage", `${JSON.stringify(text)} is no name of the form ${SHAPE}`, [
    "to name it by its path: kubectl pkg init or clone",
  ]);
}
