import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { formatCount } from "../../../core/conditions/count.ts";
import { utf8Text } from "../../../core/files/utf8-text.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CONFLICTS_PATH } from "../../../core/merge/conflict-file.ts";
import { type ListedConflict, type Resolution, resolveConflicts } from "../../../core/merge/resolve-conflicts.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { pullInto } from "../../folder/pull.ts";
import { pushFolder } from "../../folder/push.ts";
import { requireState } from "../../folder/state.ts";
import { withCleanUp } from "../../interrupts.ts";
import { shortName } from "../../names/query.ts";
import { printableLine } from "../../output/printable.ts";
import { findRevision } from "../../packages/find.ts";
import { editHint, requireLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { waitForChecks } from "../../packages/wait-for-checks.ts";
import { waitUntilInGit } from "../../packages/wait-in-git.ts";
import { PACKAGE } from "../shared-specs.ts";

export const resolveCommand = defineCommand({
  path: "resolve",
  group: "Making",
  summary: "Resolve conflicts of an upgrade",
  description: [
    "The draft's file merge-conflicts.yaml lists what both the package and its upstream have changed; the package has its " +
      "own values until you choose. Without --file and --field all conflicts are resolved. --theirs leaves those whose " +
      "upstream values the list does not have whole, such as files and data of Secrets: edit these.",
  ],
  examples: [
    { does: "Keep what the package has", command: "resolve edge1/web/storefront --ours" },
    {
      does: "Take a field as upstream has it",
      command: "resolve edge1/web/storefront --theirs --file app.yaml --field spec.replicas",
    },
  ],
  args: { package: PACKAGE },
  options: {
    ours: { kind: "flag", description: "keep the values of the package" },
    theirs: { kind: "flag", description: "take the values of upstream" },
    file: { kind: "value", value: "FILE", description: "only the conflicts in this file" },
    field: { kind: "value", value: "FIELD", description: "only those of this field, as the list names it" },
    timeout: TIMEOUT,
  },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    if (options.ours === options.theirs) throw new CliError("usage", "give --ours or --theirs");
    const { file, field } = options;
    const resolution: Resolution = { side: options.ours ? "local" : "upstream", file, field };
    const revision = await findRevision(context, args.package, ["draft"]);
    requireLifecycle(revision, ["draft"], editHint);
    const commit = await editPulled(context, revision, timeoutMs, (files) =>
      choose(context, revision, files, resolution),
    );
    await waitForChecks(context, revision, commit, timeoutMs);
    context.suggest(`diff ${shellQuote(shortName(revision))}`);
  },
});

type Changes = ReadonlyMap<string, string | null>;

/** Prints what was resolved. Throws a CliError if nothing is. */
function choose(
  context: Context,
  revision: PackageRevision,
  files: ReadonlyMap<string, Uint8Array>,
  resolution: Resolution,
): Changes {
  const name = shortName(revision);
  const texts = [...files].flatMap(([path, bytes]) => {
    const text = utf8Text(bytes);
    return text === undefined ? [] : [[path, text] as const];
  });
  const result = resolveConflicts(new Map(texts), resolution);
  if (result === undefined) throw new CliError("notFound", `${name} has no conflicts in ${CONFLICTS_PATH}`);
  const { resolved, left, remaining, changes } = result;
  if (resolved.length + left.length === 0) {
    throw new CliError("notFound", `no conflict of ${name} is chosen`, [
      `to see them: kubectl pkg cat ${shellQuote(name)} ${CONFLICTS_PATH}`,
    ]);
  }
  for (const one of resolved) context.print(describe(one));
  for (const one of left) context.note(`${context.errorStyle.yellow("to be edited:")} ${describe(one)}`);
  if (resolved.length === 0) {
    throw new CliError("refused", "nothing was resolved", [`to edit it: kubectl pkg edit ${shellQuote(name)}`]);
  }
  context.note(remaining === 0 ? `${name} has no more conflicts` : `${formatCount(remaining, "conflict")} left`);
  return changes;
}

function describe({ file, resource, field }: ListedConflict): string {
  return printableLine([file, resource, field].filter((part) => part !== "").join(" "));
}

/** Pulls the files, changes them, and pushes what changed: an edit of another user in between is not lost. */
async function editPulled(
  context: Context,
  revision: PackageRevision,
  timeoutMs: number,
  change: (files: ReadonlyMap<string, Uint8Array>) => Changes,
): Promise<string | undefined> {
  const parent = await mkdtemp(join(tmpdir(), "kubectl-pkg-"));
  const remove = async () => await rm(parent, { recursive: true, force: true });
  return await withCleanUp(remove, async () => {
    try {
      const dir = join(parent, "package");
      const { files } = await pullInto(context, revision, dir);
      for (const [path, text] of change(files)) {
        if (text === null) await rm(join(dir, path));
        else await writeFile(join(dir, path), text);
      }
      const { written } = await pushFolder(context, dir, await requireState(dir), { ours: [], dryRun: false });
      return await waitUntilInGit(context, written, timeoutMs);
    } finally {
      await remove();
    }
  });
}
