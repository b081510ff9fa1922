import { join, resolve, sep } from "node:path";
import { countFiles, formatCount } from "../../../core/conditions/count.ts";
import { targetDefinitions } from "../../../core/processing/target-definitions.ts";
import { parseRelease } from "../../../core/validation/schema/api-lifecycles.ts";
import { firstOf } from "../../../core/validation/schema/kind-schema.ts";
import { KUBERNETES_RELEASE } from "../../../core/validation/schema/schema-set.ts";
import { CliError } from "../../cli-error.ts";
import { defineCommand } from "../../command.ts";
import { findPolicies } from "../../folder/find-policies.ts";
import { findSchemas } from "../../folder/find-schemas.ts";
import { findDefinitions } from "../../folder/local-definitions.ts";
import { displayPath, readNamedFolder } from "../../folder/local-files.ts";
import { readState } from "../../folder/state.ts";
import { type ValidationProblem, validateFiles } from "../../folder/validate-files.ts";
import { printValue, valueFormat } from "../../output/objects.ts";
import { printableLine } from "../../output/printable.ts";
import { toSarif } from "../../output/sarif.ts";
import { readServerVersion } from "../../server-version.ts";
import { OUTPUT, REPOSITORY } from "../shared-specs.ts";

export const validateCommand = defineCommand({
  path: "validate",
  group: "Making",
  summary: "Check the files of a folder, and the Kubernetes objects in them",
  description: [
    "YAML that Kubernetes could not read, names and sizes that no package can have; with --target also what would stop " +
      "the build of a target. Files that a .krmignore excludes are not checked.",
    `Objects are compared with the schemas of Kubernetes ${KUBERNETES_RELEASE} and of the package's own ` +
      "CustomResourceDefinitions. What the API server would refuse is a problem, and so is an object that is there twice; " +
      "a field that it would remove is a warning. The exit code is 1 if there is a problem.",
    "Policies come from files (--policies) or from a Repository in the cluster (--repo), schemas of " +
      "further kinds from folders (--schemas) or from the cluster (--cluster). Nothing else needs one.",
  ],
  examples: [
    { does: "A blueprint", command: "validate web/storefront" },
    { does: "A package for a target, in a pipeline", command: "validate edge1/web/storefront --target -o json" },
    {
      does: "With the CustomResourceDefinitions of the packages that it needs, without a cluster",
      command: "validate web/storefront --schemas ../catalog",
    },
    {
      does: "For the host of the code, which shows it in the changed lines",
      command: "validate web/storefront -o sarif",
    },
    {
      does: "For a cluster of an older version, in which other APIs are deprecated or missing",
      command: "validate edge1/web/storefront --kubernetes-version 1.31",
    },
    {
      does: "With the policies of a Repository, of which the manifest is at hand",
      command: "validate web/storefront --policies blueprints.yaml",
    },
    {
      does: "With the policies that its Repository has in the cluster",
      command: "validate web/storefront --repo blueprints",
    },
  ],
  args: { dir: { kind: "required", placeholder: "DIR", description: "the folder of a package", completes: "folder" } },
  options: {
    target: {
      kind: "flag",
      description:
        "it is a package of a target: each YAML file holds Kubernetes objects, each once; what was pulled says so itself",
    },
    cluster: {
      kind: "flag",
      description:
        "with the schemas of the cluster, its CustomResourceDefinitions included, and the APIs of its version",
    },
    schemas: {
      kind: "list",
      value: "DIR",
      description:
        "with the CustomResourceDefinitions in this folder or file, such as a catalog, or the folder of a target",
      completes: "file",
    },
    policies: {
      kind: "list",
      value: "FILE",
      description: "with policies of this file: the manifest of a Repository, or a list",
      completes: "file",
    },
    repo: { ...REPOSITORY, description: "with the policies of this Repository in the cluster" },
    kubernetesVersion: {
      kind: "value",
      value: "VERSION",
      description: `the APIs of Kubernetes that this version has, such as 1.31; by default that of the cluster with --cluster, else ${KUBERNETES_RELEASE}`,
    },
    output: { ...OUTPUT, choices: ["json", "yaml", "sarif"] },
  },
  run: async (context, { args, options }) => {
    const given = readRelease(options.kubernetesVersion);
    const dir = resolve(context.cwd, args.dir);
    const files = await readNamedFolder(dir);
    const state = await readState(dir);
    const isOfTarget = options.target || state?.isOfTarget === true;
    const rules = await findPolicies(context, { files: options.policies, repository: options.repo, state });
    const definitions = targetDefinitions(await findDefinitions(context.cwd, options.schemas, files));
    const ofCluster = options.cluster ? [(await findSchemas(context, files)).schemas] : [];
    const schemas = firstOf(definitions.schemas, ...ofCluster);
    const release =
      given ?? (options.cluster ? parseRelease(await readServerVersion(await context.cluster())) : undefined);
    const validation = validateFiles(files, { isOfTarget, ...rules, schemas, ...(release && { release }) });
    const { problems, count, warnings, warningCount, policyProblems, notCompared } = validation;
    const folder = displayPath(context.cwd, dir);
    const placed = { problems: problems.map(within(folder)), warnings: warnings.map(within(folder)) };
    const format = valueFormat(options.output);
    if (format !== undefined) await printValue(context, validation, format);
    else if (options.output === "sarif") await printValue(context, toSarif({ policyProblems, ...placed }), "json");
    else {
      for (const one of policyProblems) context.print(`${printableLine(one.message)}${markOf(one.severity)}`);
      for (const one of placed.problems) context.print(describeProblem(one));
      for (const one of placed.warnings) context.print(`${describeProblem(one)}${markOf("warning")}`);
    }
    for (const { message } of definitions.warnings()) context.note(printableLine(message));
    const others = [...options.schemas, ...(options.cluster ? ["the cluster"] : [])];
    const where = others.length === 0 ? `${folder} does not have` : `neither ${[folder, ...others].join(" nor ")} has`;
    for (const { type, objects } of notCompared) {
      const number = formatCount(objects, "object");
      context.note(`${printableLine(type)}: ${number} not compared: ${where} a CustomResourceDefinition of it`);
    }
    if (count > 0) throw new CliError("error", `${folder}: ${formatCount(count, "problem")}`);
    const warned = warningCount > 0 ? `, ${formatCount(warningCount, "warning")}` : "";
    context.note(`${folder}: ${countFiles(files.size)}, no problems${warned}`);
  },
});

function readRelease(version: string | undefined): string | undefined {
  const release = version === undefined ? undefined : parseRelease(version);
  if (version === undefined || release !== undefined) return release;
  throw new CliError("usage", `--kubernetes-version ${JSON.stringify(version)} is no version such as 1.31`);
}

/** With the path from the current folder, where editors and hosts of code look for it. */
function within(folder: string): (problem: ValidationProblem) => ValidationProblem {
  return (problem) => ({ ...problem, path: join(folder, problem.path).replaceAll(sep, "/") });
}

function markOf(severity: "error" | "warning"): string {
  return severity === "warning" ? " (warning)" : "";
}

function describeProblem({ path, line, column, message }: ValidationProblem): string {
  return `${printableLine(path)}:${line}:${column}: ${printableLine(message)}`;
}
