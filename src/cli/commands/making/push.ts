import { resolve } from "node:path";
import { countFiles } from "../../../core/conditions/count.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { displayPath } from "../../folder/local-files.ts";
import { type PushResult, pushFolder } from "../../folder/push.ts";
import { requireState } from "../../folder/state.ts";
import { shortName } from "../../names/query.ts";
import { formatChanges } from "../../output/changes.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { waitForChecks } from "../../packages/wait-for-checks.ts";
import { waitUntilInGit } from "../../packages/wait-in-git.ts";
import { DIR } from "../shared-specs.ts";

export const pushCommand = defineCommand({
  path: "push",
  group: "Making",
  summary: "Send what changed in a pulled folder to its draft, and wait until it is in Git and checked",
  description: [
    "Only files that changed since the pull are sent. Edits of other users since then stay: where they are of other " +
      "files, both are kept; where both changed one file, both versions are shown, nothing of it is sent, and the exit " +
      "code is 5.",
    "What the operator finds in the files afterwards, when it reads, renders and validates them, is a warning: nothing " +
      "of it undoes the push.",
    "Modes are not part of the API: a changed file keeps its mode in Git, and a new one is an ordinary file. A folder " +
      ".git is left out; links are refused.",
  ],
  examples: [
    { does: "Send the changes of the folder storefront", command: "push storefront" },
    { does: "See what would be sent; the API server checks it", command: "push storefront --dry-run" },
    { does: "After a conflict: keep your version of a file", command: "push storefront --ours app.yaml" },
  ],
  args: { dir: DIR },
  options: {
    dryRun: { kind: "flag", description: "let the API server check the changes, and store nothing" },
    ours: { kind: "list", value: "FILE", description: "a file in conflict: yours replaces the version that was shown" },
    noWait: { kind: "flag", description: "do not wait until the changes are in Git, and checked" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const dir = resolve(context.cwd, args.dir);
    const { dryRun, ours, noWait } = options;
    const result = await pushFolder(context, dir, await requireState(dir), { dryRun, ours });
    await finishPush(context, dir, result, { dryRun, timeoutMs: noWait ? undefined : timeoutMs });
  },
});

interface FinishOptions {
  readonly dryRun: boolean;
  /** Undefined: do not wait. */
  readonly timeoutMs: number | undefined;
}

async function finishPush(
  context: Context,
  dir: string,
  { comparison, written, pushed }: PushResult,
  { dryRun, timeoutMs }: FinishOptions,
): Promise<void> {
  const name = shortName(comparison.revision);
  for (const line of formatChanges(pushed, context.style)) context.print(line);
  const isInGit = timeoutMs !== undefined && !dryRun && written.length > 0;
  const commit = isInGit ? await waitUntilInGit(context, written, timeoutMs) : undefined;
  const count = countFiles(pushed.length);
  if (pushed.length === 0) context.note(`nothing to push: ${name} has these files`);
  else if (dryRun) context.note(`${count} would be pushed to ${name}`);
  else context.note(`pushed ${count} to ${name}${commit === undefined ? "" : `, commit ${commit}`}`);
  if (isInGit) await waitForChecks(context, comparison.revision, commit, timeoutMs);
  const { theirs } = comparison.result;
  if (theirs.length > 0) {
    const folder = displayPath(context.cwd, dir);
    context.note(`${countFiles(theirs.length)} changed there since the pull, not yet in ${folder}:`);
    for (const line of formatChanges(theirs, context.errorStyle)) context.note(line);
    context.note(`to have them: ${context.program} pull ${shellQuote(folder)}`);
  } else if (!dryRun) context.suggest(`diff ${shellQuote(name)}`);
}
