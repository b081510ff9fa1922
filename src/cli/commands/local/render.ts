import { resolve } from "node:path";
import { countFiles, formatCount } from "../../../core/conditions/count.ts";
import type { RenderFailure } from "../../../core/render/failure.ts";
import { FUNCTION_NAMES } from "../../../core/render/functions/registry.ts";
import { KPTFILE } from "../../../core/render/kptfile.ts";
import type { FunctionResult } from "../../../core/render/rendered.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { printDiff } from "../../diff/print-diff.ts";
import { displayPath, readNamedFolder, writeFiles } from "../../folder/local-files.ts";
import { renderFolder } from "../../folder/render-folder.ts";
import { formatChanges } from "../../output/changes.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { printable } from "../../output/printable.ts";
import { OUTPUT } from "../shared-specs.ts";

export const renderCommand = defineCommand({
  path: "render",
  group: "Making",
  summary: "Run the pipelines of a folder's Kptfiles, without a cluster and without containers",
  description: [
    "Runs the functions of the kpt function catalog that are built in, as kpt fn render does: those of subpackages " +
      "first. Only what the functions change is written: comments, order and formatting stay. If a function fails or is " +
      "not built in, nothing is written, and the exit code is 1.",
  ],
  examples: [
    { does: "Render a package", command: "render edge1/web/storefront" },
    { does: "See what would change", command: "render edge1/web/storefront --dry-run" },
    {
      does: "Fail if a package is not rendered, in a pipeline",
      command: "render edge1/web/storefront --check -o json",
    },
  ],
  args: { dir: { kind: "required", placeholder: "DIR", description: "the folder of a package", completes: "folder" } },
  options: {
    dryRun: { kind: "flag", description: "print what would change, and write nothing" },
    check: { kind: "flag", description: "as --dry-run, and the exit code is 1 if anything would change" },
    output: OUTPUT,
  },
  run: async (context, { args, options }) => {
    const dir = resolve(context.cwd, args.dir);
    const folder = displayPath(context.cwd, dir);
    const files = await readNamedFolder(dir);
    if (!files.has(KPTFILE)) throw new CliError("notFound", `${folder} has no ${KPTFILE}: it is no kpt package`);
    const isDry = options.dryRun || options.check;
    const { rendered, pairs, changes } = await renderFolder(files);
    const { functions, results, failure } = rendered;
    const format = valueFormat(options.output);
    if (format !== undefined) await printValue(context, { changes, functions, results, failure }, format);
    else {
      for (const result of results) context.note(formatResult(result));
      if (isDry) await printDiff(context, pairs, { before: folder, after: "rendered" }, "full");
      else for (const line of formatChanges(changes, context.style)) context.print(line);
    }
    if (failure !== undefined) throw new CliError("error", `${folder}: ${describeFailure(failure)}`, hintsOf(failure));
    if (!isDry) await writeFiles(dir, new Map(pairs.map(({ path, after }) => [path, after] as const)));
    finish(context, folder, { functions: functions.length, files: pairs.length, ...options });
  },
});

interface Finish {
  readonly functions: number;
  readonly files: number;
  readonly dryRun: boolean;
  readonly check: boolean;
}

function finish(context: Context, folder: string, { functions, files, dryRun, check }: Finish): void {
  if (check && files > 0) throw new CliError("error", `${folder}: rendering would change ${countFiles(files)}`);
  const verb = dryRun || check ? "would change" : "changed";
  context.note(`${folder}: ran ${formatCount(functions, "function")}, ${verb} ${countFiles(files)}`);
}

function formatResult(result: FunctionResult): string {
  const { severity, message, function: name } = result;
  return `${placeOf(result)}${severity}: ${printable(name)}: ${printable(message)}`;
}

function hintsOf({ reason }: RenderFailure): readonly string[] {
  return reason === "FunctionNotAvailable" ? [`built in are: ${FUNCTION_NAMES.join(", ")}`] : [];
}

function describeFailure(failure: RenderFailure): string {
  const { message, field, function: name, package: folder } = failure;
  const by = name === undefined ? "" : `${printable(name)}: `;
  const inPackage = folder === undefined || folder === "" ? "" : ` (package ${printable(folder)})`;
  return `${placeOf(failure)}${by}${printable(message)}${field === undefined ? "" : ` [${printable(field)}]`}${inPackage}`;
}

function placeOf({ file, line, column }: Pick<RenderFailure, "file" | "line" | "column">): string {
  if (file === undefined) return "";
  const position = [line, column].filter((one) => one !== undefined).join(":");
  return `${printable(file)}${position === "" ? "" : `:${position}`}: `;
}
