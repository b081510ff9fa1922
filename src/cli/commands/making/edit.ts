import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { filePathProblem } from "../../../core/files/file-path.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { editPulled } from "../../folder/edit-pulled.ts";
import { shortName } from "../../names/query.ts";
import { formatChanges } from "../../output/changes.ts";
import { runChild } from "../../output/run-child.ts";
import { findRevision } from "../../packages/find.ts";
import { editHint, requireLifecycle } from "../../packages/lifecycle.ts";
import { parseTimeout, TIMEOUT } from "../../packages/timeout.ts";
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
    await editPulled(context, revision, {
      change: async (dir) => await openEditor(context, editor, dir, args.file),
      onPushed: (changes) => {
        for (const line of formatChanges(changes, context.style)) context.print(line);
      },
      onSaved: ({ length }) => context.note(length === 0 ? "nothing was changed" : `saved in ${shortName(revision)}`),
      keepsFiles: true,
      timeoutMs,
    });
  },
});

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

/** @param file of the folder; without one, the editor opens the folder */
async function openEditor(context: Context, editor: string, dir: string, file: string | undefined): Promise<void> {
  const path = file === undefined ? dir : join(dir, file);
  // An editor makes a new file, and not its folder.
  if (file !== undefined) await mkdir(dirname(path), { recursive: true });
  const code = await runChild(context, editor, [path]);
  if (code !== 0) throw new CliError("error", `the editor ended with ${code ?? "a signal"}: nothing was pushed`);
}
