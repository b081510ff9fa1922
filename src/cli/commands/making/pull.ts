import { resolve } from "node:path";
import { countFiles } from "../../../core/conditions/count.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { displayPath } from "../../folder/local-files.ts";
import { folderNameOf, pullInto, updateFolder } from "../../folder/pull.ts";
import { readState } from "../../folder/state.ts";
import { currentLifecycle } from "../../names/match.ts";
import { shortName } from "../../names/query.ts";
import { formatChanges } from "../../output/changes.ts";
import { findRevision } from "../../packages/find.ts";
import { PACKAGE_OR_DIR } from "../shared-specs.ts";

export const pullCommand = defineCommand({
  path: "pull",
  aliases: ["rpkg pull"],
  group: "Making",
  summary: "Write the files of a package revision into a folder, to be edited there",
  description: [
    "The folder must be new or empty. A small file .kubectl-pkg.json in it remembers what was pulled.",
    "With a folder that was pulled before, and nothing else: files that other users changed since are brought up to " +
      "date. A file that was changed in the folder as well is left alone; both versions are shown, and the exit code is 5.",
  ],
  examples: [
    { does: "The draft of a package, into ./storefront", command: "pull edge1/web/storefront storefront" },
    { does: "Bring the folder up to date with the edits of others", command: "pull storefront" },
    { does: "After a conflict: take the version of the draft", command: "pull storefront --theirs app.yaml" },
  ],
  args: {
    package: PACKAGE_OR_DIR,
    dir: {
      kind: "optional",
      placeholder: "DIR",
      description: "a new folder; by default of the package's name",
      completes: "folder",
    },
  },
  options: {
    theirs: {
      kind: "list",
      value: "FILE",
      description: "a file in conflict: the version that was shown replaces yours",
    },
  },
  run: async (context, { args, options }) => {
    const known = resolve(context.cwd, args.package);
    if (args.dir === undefined && (await readState(known)) !== undefined) {
      const { revision, result } = await updateFolder(context, known, options.theirs);
      for (const line of formatChanges(result.theirs, context.style)) context.print(line);
      context.note(`${displayPath(context.cwd, known)} is up to date with ${shortName(revision)}`);
      return;
    }
    if (options.theirs.length > 0) throw new CliError("usage", "--theirs needs a folder that was pulled");
    const revision = await findRevision(context, args.package, ["draft"]);
    const dir = resolve(context.cwd, args.dir ?? folderNameOf(revision));
    const { files, hiddenCount } = await pullInto(context, revision, dir);
    const folder = displayPath(context.cwd, dir);
    context.note(`pulled ${countFiles(files.size)} of ${shortName(revision)} into ${folder}`);
    if (hiddenCount > 0) context.note(`${countFiles(hiddenCount)} stay in Git: ${context.program} ls`);
    if (currentLifecycle(revision) === "draft") context.suggest(`push ${shellQuote(folder)}`);
    else context.note(`it is ${currentLifecycle(revision)}: its files cannot be pushed`);
  },
});
