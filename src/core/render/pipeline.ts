import { Pair, Scalar, YAMLMap } from "yaml";
import { FunctionUnavailable } from "../ports/function-runtime.ts";
import { RenderError } from "./failure.ts";
import type { KrmFunction } from "./functions/function.ts";
import { KPTFILE, type PipelineFunction } from "./kptfile.ts";
import { requireKrm } from "./krm.ts";
import { join, type KptPackage } from "./packages.ts";
import type { FunctionRun } from "./rendered.ts";
import type { Resource } from "./resource.ts";
import { labelOf, type Run, type RunScope, runFunction, withFunction } from "./run-function.ts";
import { selectResources } from "./selectors.ts";

export interface PipelineScope extends RunScope {
  /** Throws `FunctionUnavailable`. */
  readonly findFunction: (image: string) => Promise<KrmFunction>;
  readonly onRun: (run: FunctionRun) => void;
  /** The resources of a package's own files. */
  readonly readResources: (one: KptPackage) => readonly Resource[];
}

/** Steps of matching a selector without labels. */
const MATCHED_SELECTOR = 10;

/** The resources of a package and of those below it, after the pipelines of all of them, the lower ones first. */
export async function renderPackage(one: KptPackage, scope: PipelineScope): Promise<readonly Resource[]> {
  const below = one.subpackages.filter((sub) => sub.isRendered || hasFunctions(sub));
  const own = one.isRendered ? scope.readResources(one) : [];
  let resources = [...own];
  for (const sub of below) resources.push(...(await renderPackage(sub, scope)));
  if (!one.isRendered) return resources;
  requireKrm(resources);
  const { mutators, validators } = one.pipeline;
  const runs: DeclaredRun[] = [];
  for (const declared of [...mutators, ...validators]) runs.push(await findRun(one, declared, own, scope));
  for (const run of runs.slice(0, mutators.length)) resources = await mutate(run, resources, scope);
  for (const run of runs.slice(mutators.length)) await validate(run, resources, scope);
  return resources;
}

/** True if the package or one below it has functions. */
function hasFunctions({ pipeline, subpackages }: KptPackage): boolean {
  return pipeline.mutators.length + pipeline.validators.length > 0 || subpackages.some(hasFunctions);
}

type DeclaredRun = Pick<Run, "krmFunction" | "declared" | "package">;

async function findRun(
  one: KptPackage,
  declared: PipelineFunction,
  own: readonly Resource[],
  { findFunction }: PipelineScope,
): Promise<DeclaredRun> {
  const krmFunction = await findFunction(declared.image).catch((error: unknown) => {
    if (!(error instanceof FunctionUnavailable)) throw error;
    const { failure } = inKptfile(one, declared, "FunctionNotAvailable", error.message, "image");
    throw new RenderError({ ...failure, ...(error.isTransient && { isTransient: true }) });
  });
  const { configPath } = declared;
  const files = own.filter(({ path }) => path === configPath);
  if (configPath !== undefined && files.length !== 1) {
    const problem = files.length === 0 ? "is no resource of the package" : "has more than one document";
    throw inKptfile(one, declared, "KptfileInvalid", `${JSON.stringify(configPath)} ${problem}`, "configPath");
  }
  return { krmFunction, declared, package: one.folder };
}

function inKptfile(
  { folder }: KptPackage,
  declared: PipelineFunction,
  reason: "FunctionNotAvailable" | "KptfileInvalid",
  message: string,
  key: string,
): RenderError {
  const place = { file: join(folder, KPTFILE), line: declared.line, field: `${declared.field}.${key}` };
  return new RenderError({ reason, message, package: folder, function: labelOf(declared), ...place });
}

async function mutate(run: DeclaredRun, resources: readonly Resource[], scope: PipelineScope): Promise<Resource[]> {
  const { selectors, exclude } = run.declared;
  const selected = select(run, resources, scope);
  scope.onRun(describeRun(run, selected.length));
  const result = await runFunction({ ...run, ...configOf(run, resources) }, selected, scope);
  if (selectors.length + exclude.length === 0) return [...result];
  // What was not selected stays in its place; what is new comes last.
  const [wasSelected, isKept, isKnown] = [new Set(selected), new Set(result), new Set(resources)];
  const kept = resources.filter((one) => !wasSelected.has(one) || isKept.has(one));
  return [...kept, ...result.filter((one) => !isKnown.has(one))];
}

function select(run: DeclaredRun, resources: readonly Resource[], { matching }: PipelineScope): readonly Resource[] {
  const { selectors, exclude } = run.declared;
  try {
    matching.spend(resources.length * (selectors.length + exclude.length) * MATCHED_SELECTOR);
  } catch (error) {
    throw withFunction(error, run);
  }
  return selectResources(resources, selectors, exclude);
}

/** A validator gets copies: what it changes is lost, as for kpt. */
async function validate(run: DeclaredRun, resources: readonly Resource[], scope: PipelineScope): Promise<void> {
  const selected = select(run, resources, scope);
  scope.onRun(describeRun(run, selected.length));
  const copies = selected.map((one): Resource => ({ ...one, root: one.root.clone() as YAMLMap }));
  await runFunction({ ...run, ...configOf(run, resources) }, copies, scope);
}

function describeRun({ krmFunction, declared, package: folder }: DeclaredRun, resources: number): FunctionRun {
  const { image, name } = declared;
  const version = `${krmFunction.name}@${krmFunction.version}`;
  return { package: folder, image, ...(name !== undefined && { name }), version, resources };
}

/** The functionConfig as the functions before have left it. */
function configOf({ declared, package: folder }: DeclaredRun, resources: readonly Resource[]) {
  const { configPath, configMap } = declared;
  if (configPath !== undefined) {
    const found = resources.find((one) => one.package === folder && one.path === configPath);
    return found === undefined ? { config: undefined } : { config: found.root, configResource: found };
  }
  return { config: configMap === undefined ? undefined : configMapOf(configMap) };
}

function configMapOf(values: ReadonlyMap<string, string>): YAMLMap {
  const map = (entries: Iterable<readonly [string, unknown]>) => {
    const result = new YAMLMap();
    for (const [key, value] of entries) {
      result.items.push(new Pair(new Scalar(key), typeof value === "string" ? new Scalar(value) : value) as never);
    }
    return result;
  };
  const metadata = map([["name", "function-input"]]);
  return map([
    ["apiVersion", "v1"],
    ["kind", "ConfigMap"],
    ["metadata", metadata],
    ["data", map(values)],
  ]);
}
