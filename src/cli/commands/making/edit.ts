import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { filePathProblem } from "../../../core/files/file-path.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { folderNameOf, pullInto } from "../../folder/pull.ts";
import { pushFolder } from "../../folder/push.ts";
import { requireState } from "../../folder/state.ts";
import { withCleanUp } from "../../interrupts.ts";
import { shortName } from "../../names/query.ts";
import { formatChanges } from "../../output/changes.ts";
import { runChild } from "../../output/run-child.ts";
import { findRevision } from "../../packages/find.ts";
import { editHint, requireLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
import { waitForChecks } from "../../packages/wait-for-checks.ts";
import { waitUntilInGit } from "../../packages/wait-in-git.ts";
import { PACKAGE } from "../shared-specs.ts";

export const editCommand = defineCommand({
  path: "edit",
  group: "Making",
  summary: "Edit a draft in $EDITOR: a file, or all of them in a folder",
  description: [
    "The files are those of a folder that exists while the editor runs; what changed is pushed when it ends with 0. If " +
      "that fails, the folder is kept, and its path is printed.",
  ],
  examples: [
    { does: "One file", command: "edit storefront deployment.yaml" },
    { does: "The folder, for an editor that can open one", command: "edit storefront" },
  ],
  args: {
    package: PACKAGE,
    file: {
      kind: "optional",
      placeholder: "FILE",
      description: "a path in the package; it may be new",
      completes: "file",
    },
  },
  options: { timeout: TIMEOUT },
  run: async (context, { args, options }) => {
    const timeoutMs = parseTimeout(options.timeout);
    const problem = args.file === undefined ? undefined : filePathProblem(args.file);
    if (problem !== undefined) throw new CliError("usage", `${JSON.stringify(args.file)} ${problem}`);
    const revision = await findRevision(context, args.package, ["draft"]);
    requireLifecycle(revision, ["draft"], editHint);
    const editor = chooseEditor(context, revision);
    const parent = await mkdtemp(join(tmpdir(), "kubectl-pkg-"));
    const dir = join(parent, folderNameOf(revision));
    try {
      await pullInto(context, revision, dir);
    } catch (error) {
      await rm(parent, { recursive: true, force: true });
      throw error;
    }
    const keep = () => context.note(`your files are kept in ${dir}`);
    await withCleanUp(keep, async () => {
      try {
        await editFolder(context, revision, { editor, dir, file: args.file, timeoutMs });
      } catch (error) {
        keep();
        throw error;
      }
    });
    await rm(parent, { recursive: true, force: true });
  },
});

interface Edit {
  readonly editor: string;
  readonly dir: string;
  readonly file: string | undefined;
  readonly timeoutMs: number;
}

/** One of the user's choice may be a program without a screen; vi needs one. */
function chooseEditor({ env, stdin, stdout }: Context, revision: PackageRevision): string {
  const chosen = env.KUBE_EDITOR || env.VISUAL || env.EDITOR;
  if (chosen !== undefined && chosen !== "") return chosen;
  if (stdin.isTTY === true && stdout.isTTY === true) return "vi";
  const name = shellQuote(shortName(revision));
  throw new CliError("usage", "there is no terminal for an editor", [
    "to edit with a program: set EDITOR, which is called with the path of the file or folder",
    `to edit in a folder: kubectl pkg pull ${name} DIR, and kubectl pkg push DIR`,
  ]);
}

async function editFolder(
  context: Context,
  revision: PackageRevision,
  { editor, dir, file, timeoutMs }: Edit,
): Promise<void> {
  const path = file === undefined ? dir : join(dir, file);
  // An editor makes a new file, and not its folder.
  if (file !== undefined) await mkdir(dirname(path), { recursive: true });
  await openEditor(context, editor, path);
  const { written, pushed } = await pushFolder(context, dir, await requireState(dir), { ours: [], dryRun: false });
  for (const line of formatChanges(pushed, context.style)) context.print(line);
  const commit = await waitUntilInGit(context, written, timeoutMs);
  context.note(pushed.length === 0 ? "nothing was changed" : `saved in ${shortName(revision)}`);
  if (written.length > 0) await waitForChecks(context, revision, commit, timeoutMs);
}

async function openEditor(context: Context, editor: string, path: string): Promise<void> {
  const code = await runChild(context, editor, [path]);
  if (code !== 0) throw new CliError("error", `the editor ended with ${code ?? "a signal"}: nothing was pushed`);
}
