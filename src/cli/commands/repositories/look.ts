import { repositories } from "../../../api/resources.ts";
import { defineCommand } from "../../command.ts";
import { objectFormat, printObjects } from "../../output/objects.ts";
import { findRepository } from "../../packages/repositories.ts";
import { describeRepository } from "../../repositories/describe-repository.ts";
import { listKind } from "../list-kind.ts";
import { LIST_OPTIONS } from "../list-options.ts";
import { OUTPUT, REPOSITORY_NAME } from "../shared-specs.ts";

export const repoListCommand = defineCommand({
  path: "repo list",
  aliases: ["repo get", "repo ls"],
  group: "Repositories",
  summary: "List the Repositories",
  examples: [
    { does: "Of the namespace", command: "repo list" },
    { does: "Of all namespaces, with their commits", command: "repo list -A -o wide" },
  ],
  args: {},
  options: LIST_OPTIONS,
  run: listKind(repositories),
});

export const repoShowCommand = defineCommand({
  path: "repo show",
  group: "Repositories",
  summary: "Show a Repository on one page: conditions, what was found, and what was skipped and why",
  examples: [{ does: "One Repository", command: "repo show catalog" }],
  args: { name: REPOSITORY_NAME },
  options: { output: OUTPUT },
  run: async (context, { args, options }) => {
    const repository = await findRepository(context, args.name);
    const format = objectFormat(options.output);
    if (format !== undefined) {
      await printObjects(context, repositories, [repository], { format, single: true });
      return;
    }
    for (const line of describeRepository(repository, context.style, context.now())) context.print(line);
  },
});
