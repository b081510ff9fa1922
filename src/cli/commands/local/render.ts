import { resolve } from "node:path";
import { countFiles, formatCount } from "../../../core/conditions/count.ts";
import type { RenderFailure } from "../../../core/render/failure.ts";
import { FUNCTION_NAMES } from "../../../core/render/functions/registry.ts";
import { describeRequest } from "../../../core/render/kform/given.ts";
import { KFORM_VERSION } from "../../../core/render/kform/version.ts";
import { KPTFILE } from "../../../core/render/kptfile.ts";
import type { FunctionResult, FunctionRun, Rendered } from "../../../core/render/rendered.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { printDiff } from "../../diff/print-diff.ts";
import { openFunctions } from "../../folder/functions.ts";
import { displayPath, readNamedFolder, writeFiles } from "../../folder/local-files.ts";
import { renderFolder } from "../../folder/render-folder.ts";
import { readState } from "../../folder/state.ts";
import { formatChanges } from "../../output/changes.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { printable } from "../../output/printable.ts";
import { readInputs } from "../../settings/read-inputs.ts";
import { OUTPUT } from "../shared-specs.ts";

export const renderCommand = defineCommand({
  path: "render",
  group: "Making",
  summary: "Run the pipelines of a folder's Kptfiles and render its kform blocks, without a cluster",
  description: [
    "Runs the functions of the kpt function catalog that are built in, as kpt fn render does: those of subpackages " +
      "first, and those that --functions allows. Only what the functions change is written: comments, order and " +
      "formatting stay. If a function fails or is not available, nothing is written, and the exit code is 1.",
    "Then the kform blocks of the files at the top are rendered into the folder out: inputs, which --inputs replaces, " +
      "loops and expressions. Nothing is read from a cluster or applied to one. Those of a blueprint that was pulled " +
      "are checked, and rendered only with --dry-run, --check or --inputs.",
  ],
  examples: [
    { does: "Render a package", command: "render edge1/web/storefront" },
    { does: "See what would change", command: "render edge1/web/storefront --dry-run" },
    {
      does: "Fail if a package is not rendered, in a pipeline",
      command: "render edge1/web/storefront --check -o json",
    },
    {
      does: "Try a package of kform blocks with other values",
      command: "render web/cache --inputs values.yaml --dry-run",
    },
  ],
  args: { dir: { kind: "required", placeholder: "DIR", description: "the folder of a package", completes: "folder" } },
  options: {
    inputs: {
      kind: "list",
      value: "FILE",
      description: "a YAML file of objects for input and data blocks, as spec.inputs of a draft; - is stdin",
      completes: "folder",
    },
    dryRun: { kind: "flag", description: "print what would change, and write nothing" },
    functions: {
      kind: "value",
      value: "FILE",
      description: "settings that allow other functions: WebAssembly modules, executables, a function runner",
      completes: "file",
    },
    check: { kind: "flag", description: "as --dry-run, and the exit code is 1 if anything would change" },
    output: OUTPUT,
  },
  run: async (context, { args, options }) => {
    const dir = resolve(context.cwd, args.dir);
    const folder = displayPath(context.cwd, dir);
    const files = await readNamedFolder(dir);
    const inputs = await readInputs(context, options.inputs);
    const isDry = options.dryRun || options.check;
    using runtime = await openFunctions(context.cwd, options.functions);
    const state = await readState(dir);
    const isBlueprint = state !== undefined && state.isOfTarget !== true && !isDry && inputs.length === 0;
    const { rendered, pairs, changes } = await renderFolder(files, { inputs, isBlueprint, runtime });
    const { functions, results, taken, missing, failure } = rendered;
    if (!files.has(KPTFILE) && functions.length === 0 && failure === undefined && !isBlueprint) {
      throw new CliError("notFound", `${folder} has no ${KPTFILE} and no kform blocks: there is nothing to render`);
    }
    const format = valueFormat(options.output);
    if (format !== undefined)
      await printValue(context, { changes, functions, results, taken, missing, failure }, format);
    else {
      for (const result of results) context.note(formatResult(result));
      if (isDry) await printDiff(context, pairs, { before: folder, after: "rendered" }, "full");
      else for (const line of formatChanges(changes, context.style)) context.print(line);
    }
    if (failure !== undefined) throw new CliError("error", `${folder}: ${describeFailure(failure)}`, hintsOf(rendered));
    if (!isDry) await writeFiles(dir, new Map(pairs.map(({ path, after }) => [path, after] as const)));
    const { dryRun, check } = options;
    finish(context, folder, { functions, files: pairs.length, dryRun, check });
    if (isBlueprint) context.note("kform blocks of a blueprint are checked, and rendered in clones; to try: --dry-run");
  },
});

interface Finish {
  readonly functions: readonly FunctionRun[];
  readonly files: number;
  readonly dryRun: boolean;
  readonly check: boolean;
}

function finish(context: Context, folder: string, { functions, files, dryRun, check }: Finish): void {
  if (check && files > 0) throw new CliError("error", `${folder}: rendering would change ${countFiles(files)}`);
  const verb = dryRun || check ? "would change" : "changed";
  context.note(`${folder}: ${describeRuns(functions)}, ${verb} ${countFiles(files)}`);
}

function describeRuns(functions: readonly FunctionRun[]): string {
  const [ofKform = [], others = []] = [true, false].map((isKform) =>
    functions.filter(({ version }) => (version === KFORM_VERSION) === isKform),
  );
  const blocks = ofKform.map(({ resources }) => `rendered ${formatCount(resources, "kform block")}`);
  const ran = others.length > 0 || blocks.length === 0 ? [`ran ${formatCount(others.length, "function")}`] : [];
  return [...ran, ...blocks].join(", ");
}

function formatResult(result: FunctionResult): string {
  const { severity, message, function: name } = result;
  return `${placeOf(result)}${severity}: ${printable(name)}: ${printable(message)}`;
}

function hintsOf({ failure, missing }: Rendered): readonly string[] {
  switch (failure?.reason) {
    case "FunctionNotAvailable":
      return [`built in are: ${FUNCTION_NAMES.join(", ")}`, "`--functions FILE` names a file that allows others"];
    case "InputMissing":
      return ["to give it: --inputs FILE"];
    case "DataMissing":
      return [`to give it: --inputs FILE, with ${missing.map(describeRequest).map(printable).join("; ")}`];
    default:
      return [];
  }
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
