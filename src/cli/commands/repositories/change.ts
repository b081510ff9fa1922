import { randomUUID } from "node:crypto";
import { repositories } from "../../../api/resources.ts";
import { ANNOTATION_SYNC } from "../../../api/v1alpha1/well-known.ts";
import { CliError } from "../../cli-error.ts";
import { type Command, defineCommand } from "../../command.ts";
import { confirm } from "../../output/ask.ts";
import { reasonOf } from "../../packages/conditions.ts";
import { findRepository } from "../../packages/repositories.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { waitFor } from "../../packages/wait-for.ts";
import { describeFound } from "../../repositories/describe-repository.ts";
import { waitForSync } from "../../repositories/wait-for-sync.ts";
import { REPOSITORY_NAME, YES } from "../shared-specs.ts";

export const repoSyncCommand = defineCommand({
  path: "repo sync",
  aliases: ["repo reconcile"],
  group: "Repositories",
  summary: "Read the remote now, and wait until that is done",
  examples: [{ does: "After a push with git", command: "repo sync catalog" }],
  args: { name: REPOSITORY_NAME },
  options: { timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const { client } = await context.cluster();
    const { metadata, spec } = await findRepository(context, args.name);
    const { namespace, name } = metadata;
    if (spec.sync?.suspend === true) {
      throw new CliError("refused", `${name} is suspended`, [`to end that: kubectl pkg repo resume ${name}`]);
    }
    const requested = `${new Date(context.now()).toISOString()} ${randomUUID().slice(0, 8)}`;
    const body = { metadata: { annotations: { [ANNOTATION_SYNC]: requested } } };
    const patched = await client.patch(repositories, { namespace, name }, { kind: "merge", body });
    const isDone = (one: typeof patched) => one.status?.lastHandledSyncRequest === requested;
    context.note(`${name}: ${describeFound(await waitForSync(context, patched, timeoutMs, isDone))}`);
  },
});

export const repoSuspendCommand = setSuspended({
  path: "repo suspend",
  summary: "Neither read nor write the remote until it is resumed",
  does: "While the Git server is being moved",
  suspend: true,
  done: "suspended",
});

export const repoResumeCommand = setSuspended({
  path: "repo resume",
  summary: "Read and write the remote of a suspended Repository again",
  does: "Afterwards",
  suspend: false,
  done: "resumed",
});

function setSuspended(words: {
  readonly path: string;
  readonly summary: string;
  readonly does: string;
  readonly suspend: boolean;
  readonly done: string;
}): Command {
  return defineCommand({
    path: words.path,
    group: "Repositories",
    summary: words.summary,
    examples: [{ does: words.does, command: `${words.path} deployments` }],
    args: { name: REPOSITORY_NAME },
    options: {},
    run: async (context, { args }) => {
      const { client } = await context.cluster();
      const { namespace, name } = (await findRepository(context, args.name)).metadata;
      const body = { spec: { sync: { suspend: words.suspend } } };
      await client.patch(repositories, { namespace, name }, { kind: "merge", body });
      context.note(`${words.done} ${name}`);
    },
  });
}

export const repoRemoveCommand = defineCommand({
  path: "repo remove",
  aliases: ["repo delete", "repo unregister", "repo unreg"],
  group: "Repositories",
  summary: "Remove a Repository and the objects of its packages from the cluster; Git stays as it is",
  examples: [{ does: "Registered again, it brings everything back", command: "repo remove catalog" }],
  args: { name: REPOSITORY_NAME },
  options: { yes: YES, timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const { client } = await context.cluster();
    const repository = await findRepository(context, args.name);
    const { namespace, name, uid } = repository.metadata;
    const question = `Remove ${name} (${describeFound(repository)}) from the cluster? Git stays as it is.`;
    if (!options.yes) await confirm(context, question, "--yes");
    await client.delete(repositories, { namespace, name }, uid === undefined ? {} : { preconditions: { uid } });
    await waitFor(
      context,
      repositories,
      { namespace, name },
      {
        timeoutMs,
        until: (one) => one === undefined || one.metadata.uid !== uid,
        progress: (one) => one && `being removed: ${reasonOf(one) ?? ""}`,
        late: (one) => `${name} is not removed yet: ${reasonOf(one) ?? "the operator is silent"}`,
      },
    );
    context.note(`removed ${name}`);
  },
});
