import { defineCommand } from "../../command.ts";
import { objectFormat, printValue } from "../../output/objects.ts";
import { formatRows } from "../../output/table.ts";
import { readContents } from "../../packages/contents.ts";
import { describeHidden } from "../../packages/describe-hidden.ts";
import { findRevision } from "../../packages/find.ts";
import { PACKAGE } from "../shared-specs.ts";

export const lsCommand = defineCommand({
  path: "ls",
  group: "Looking",
  summary: "List the files of a package revision",
  description: ["Files that stay in Git, such as links, are listed with the reason."],
  examples: [
    { does: "The files of the only open revision, else of the latest published one", command: "ls storefront" },
    { does: "Paths alone, for a script", command: "ls edge1/web/storefront@v2 -o name" },
  ],
  args: { package: PACKAGE },
  options: {
    output: {
      kind: "value",
      short: "o",
      value: "FORMAT",
      description: "print for programs",
      choices: ["json", "yaml", "name"],
    },
  },
  run: async (context, { args, options }) => {
    const revision = await findRevision(context, args.package);
    const { files, hidden, hiddenCount } = await readContents(context, revision);
    const format = objectFormat(options.output);
    if (format === "name") {
      for (const path of files.keys()) context.print(path);
      return;
    }
    const shown = [...files].map(([path, bytes]) => ({ path, size: bytes.length }));
    if (format !== undefined) {
      await printValue(context, { files: shown, filesNotShown: hidden, filesNotShownCount: hiddenCount }, format);
      return;
    }
    const rows = [
      ...shown.map(({ path, size }) => [path, String(size), ""]),
      ...hidden.map((file) => [file.path, String(file.size ?? ""), describeHidden(file)]),
    ];
    context.print(formatRows(["PATH", "SIZE", "ONLY-IN-GIT"], rows));
    if (hiddenCount > hidden.length) context.note(`and ${hiddenCount - hidden.length} more files that are only in Git`);
  },
});
