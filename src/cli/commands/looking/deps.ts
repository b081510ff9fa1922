import { reportDependencies } from "../../../core/dependencies/report.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { drawDependents, findDependents, graphOfDependents, reportDependents } from "../../dependencies/dependents.ts";
import { drawDependencies, listMissing } from "../../dependencies/draw-dependencies.ts";
import { type DrawnGraph, toDot, toMermaid } from "../../dependencies/draw-graph.ts";
import { graphOfDependencies } from "../../dependencies/graph-of-dependencies.ts";
import { type NamespaceCatalog, readCatalog } from "../../dependencies/read-catalog.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { printable } from "../../output/printable.ts";
import { findRevision } from "../../packages/find.ts";
import { PACKAGE } from "../shared-specs.ts";

export const depsCommand = defineCommand({
  path: "deps",
  group: "Looking",
  summary: "Show which packages a package revision needs, and which need it",
  description: [
    "A package needs the APIs of its resources and of the rules of its roles, and the packages that its " +
      "PackageDependencies and PackageVariants name. They are looked for in the package itself, in the published " +
      "packages of its target, and in the catalogs of the namespace, of which the newest revision that fits is taken.",
    "It reads the files of all published revisions that are in the cluster.",
  ],
  examples: [
    { does: "What a draft needs, as a tree", command: "deps edge1/web/storefront" },
    { does: "What its target lacks", command: "deps edge1/web/storefront --missing" },
    { does: "Who needs a blueprint", command: "deps catalog/infra/cert-manager --reverse" },
    { does: "A picture", command: "deps storefront -o mermaid" },
  ],
  args: { package: PACKAGE },
  options: {
    reverse: { kind: "flag", description: "the packages that need this one, and those that need them" },
    missing: { kind: "flag", description: "only what is to be added, what nothing provides, and circles" },
    output: {
      kind: "value",
      short: "o",
      value: "FORMAT",
      description: "print for programs",
      choices: ["json", "yaml", "dot", "mermaid"],
    },
  },
  run: async (context, { args, options: { reverse, missing, output } }) => {
    if (missing && (reverse || output !== undefined))
      throw new CliError("usage", "--missing goes with neither --reverse nor --output");
    const found = await readCatalog(context, await findRevision(context, args.package));
    await (reverse ? printDependents : printDependencies)(context, found, { missing, output });
  },
});

interface Options {
  readonly missing: boolean;
  readonly output: string | undefined;
}

async function printDependencies(
  context: Context,
  { catalog, own }: NamespaceCatalog,
  { missing, output }: Options,
): Promise<void> {
  const graph = catalog.resolve(own);
  const format = valueFormat(output);
  if (format !== undefined) await printValue(context, reportDependencies(graph), format);
  else if (output !== undefined) printGraph(context, graphOfDependencies(graph), output);
  else if (!missing) printLines(context, drawDependencies(graph, context.style));
  else {
    const lines = listMissing(graph, context.style);
    printLines(context, lines);
    if (lines.length === 0) context.note("nothing is missing");
  }
}

async function printDependents(
  context: Context,
  { catalog, own }: NamespaceCatalog,
  { output }: Options,
): Promise<void> {
  const root = findDependents(catalog, own);
  const format = valueFormat(output);
  if (format !== undefined) await printValue(context, reportDependents(root), format);
  else if (output !== undefined) printGraph(context, graphOfDependents(root), output);
  else {
    printLines(context, drawDependents(root));
    if (root.dependents.length === 0) context.note("no published package needs it");
  }
}

function printGraph(context: Context, graph: DrawnGraph, output: string): void {
  const lines = output === "dot" ? toDot(graph) : toMermaid(graph);
  printLines(context, lines.map(printable));
}

function printLines(context: Context, lines: readonly string[]): void {
  for (const line of lines) context.print(line);
}
