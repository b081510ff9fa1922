import { countFiles } from "../../../core/conditions/count.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { displayPath } from "../../folder/local-files.ts";
import { findYamlFiles } from "../../format/find-files.ts";
import { type FileResult, formatFile } from "../../format/format-file.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { printable, printableLine } from "../../output/printable.ts";
import { OUTPUT } from "../shared-specs.ts";

export const fmtCommand = defineCommand({
  path: "fmt",
  group: "Making",
  summary: "Format YAML files of folders, without a cluster",
  description: [
    "Only white space changes: two columns for each level, one blank after the dash of a sequence, no blanks at the " +
      "ends of lines, line breaks as on Unix, one at the end. Sequences are all as the first one in the file: below their " +
      "key, or indented. Comments, quotes, empty lines, the order of fields and documents, and every value stay: a file " +
      "of which Kubernetes would read anything else afterwards is left as it is.",
    "In a folder, the files are those that the operator checks as YAML, without links and what a .krmignore excludes. " +
      "The files that were formatted are listed. A file that is no YAML is reported and left alone; the exit code is 1.",
  ],
  examples: [
    { does: "This folder", command: "fmt" },
    { does: "A package and a file", command: "fmt web/storefront values.yaml" },
    { does: "In a pipeline: list what is not formatted, and end with 1", command: "fmt --check web" },
  ],
  args: {
    paths: {
      kind: "variadic",
      placeholder: "DIR|FILE",
      description: "folders and files; the current folder by default",
      completes: "folder",
    },
  },
  options: {
    check: {
      kind: "flag",
      description: "change nothing; list what would be formatted, and end with 1 if there is any",
    },
    output: OUTPUT,
  },
  run: async (context, { args, options }) => {
    const paths = await findYamlFiles(context.cwd, args.paths.length === 0 ? ["."] : args.paths);
    const results: { readonly path: string; readonly result: FileResult }[] = [];
    for (const path of paths) {
      results.push({ path: displayPath(context.cwd, path), result: await formatFile(path, !options.check) });
    }
    await print(context, results, options.output);
    const count = (kind: FileResult["kind"]) => results.filter(({ result }) => result.kind === kind).length;
    if (count("invalid") > 0) throw new CliError("error", `${countFiles(count("invalid"))} could not be read as YAML`);
    if (!options.check) context.note(`${countFiles(paths.length)}, ${count("formatted")} formatted`);
    else if (count("formatted") === 0) context.note(`${countFiles(paths.length)}, all formatted`);
    else {
      const hint = `to format: kubectl pkg fmt ${args.paths.map(shellQuote).join(" ")}`.trimEnd();
      throw new CliError("error", `${countFiles(count("formatted"))} not formatted`, [hint]);
    }
  },
});

async function print(
  context: Context,
  results: readonly { readonly path: string; readonly result: FileResult }[],
  output: string | undefined,
): Promise<void> {
  const format = valueFormat(output);
  const formatted = results.filter(({ result }) => result.kind === "formatted").map(({ path }) => path);
  const problems = results.flatMap(({ path, result }) =>
    result.kind === "invalid" ? result.problems.map((one) => ({ path, ...one })) : [],
  );
  if (format !== undefined) {
    await printValue(context, { formatted, problems }, format);
    return;
  }
  for (const path of formatted) context.print(printableLine(path));
  for (const { path, line, column, message } of problems) {
    context.note(`${printableLine(path)}:${line}:${column}: ${printable(message)}`);
  }
}
