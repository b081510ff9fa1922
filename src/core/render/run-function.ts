import type { YAMLMap } from "yaml";
import { MAX_DEPTH } from "../validation/yaml/read-checked.ts";
import { type FailurePlace, RenderError } from "./failure.ts";
import { FunctionError, type FunctionReport, type KrmFunction } from "./functions/function.ts";
import { KPTFILE, type PipelineFunction } from "./kptfile.ts";
import { placeOf, requireKrm } from "./krm.ts";
import { Budget, checkLimit, type MatchBudget, type RenderLimits } from "./limits.ts";
import { assignPaths } from "./new-resources.ts";
import { measure } from "./nodes/count.ts";
import { join } from "./packages.ts";
import type { FunctionResult } from "./rendered.ts";
import { metaOf, type Resource } from "./resource.ts";

export interface RunScope {
  readonly limits: RenderLimits;
  readonly matching: MatchBudget;
  readonly onResult: (result: FunctionResult) => void;
}

/** A function of a pipeline, with what it runs on. */
export interface Run {
  readonly krmFunction: KrmFunction;
  readonly declared: PipelineFunction;
  readonly package: string;
  readonly config: YAMLMap | undefined;
  /** The resource that holds the config; absent for a configMap. */
  readonly configResource?: Resource;
}

/** The name of a function in messages. */
export function labelOf({ name, image }: Pick<PipelineFunction, "name" | "image">): string {
  return name ?? image;
}

/** Runs a function; returns its resources, each with a path. Throws a RenderError. */
export async function runFunction(
  run: Run,
  selected: readonly Resource[],
  scope: RunScope,
): Promise<readonly Resource[]> {
  const items = [...selected];
  let firstError: FunctionReport | undefined;
  const report = (one: FunctionReport) => {
    if (one.severity === "error") firstError ??= one;
    scope.onResult(toResult(run, one));
  };
  try {
    await run.krmFunction.run({
      items,
      config: run.config,
      image: run.declared.image,
      report,
      budget: new Budget(scope.limits, scope.matching),
    });
    if (firstError === undefined) {
      assignPaths(items, run.package);
      requireKrm(items, true);
      checkSize(items, run, scope.limits);
    }
  } catch (error) {
    if (!(error instanceof FunctionError)) throw withFunction(error, run);
    const { field } = error.place;
    throw failureOf(run, error.message, { ...errorPlace(run, error), ...(field !== undefined && { field }) });
  }
  if (firstError !== undefined) {
    const { message, resource, field } = firstError;
    const place = resource === undefined ? declaredPlace(run) : placeOf(resource);
    throw failureOf(run, message, { ...place, ...(field !== undefined && { field }) });
  }
  return items;
}

function toResult(run: Run, { resource, severity, message, ...fields }: FunctionReport): FunctionResult {
  const meta = resource && metaOf(resource.root);
  return {
    severity,
    message,
    function: labelOf(run.declared),
    package: run.package,
    ...(resource !== undefined && placeOf(resource)),
    ...(meta !== undefined && {
      resource: {
        apiVersion: meta.apiVersion,
        kind: meta.kind,
        name: meta.name,
        ...(meta.namespace !== "" && { namespace: meta.namespace }),
      },
    }),
    ...fields,
  };
}

function failureOf(run: Run, message: string, place: Partial<RenderError["failure"]>): RenderError {
  const at = { function: labelOf(run.declared), package: run.package };
  return new RenderError({ reason: "FunctionFailed", message, ...at, ...place });
}

function errorPlace(run: Run, { place: { resource, node, linesBelow } }: FunctionError): FailurePlace {
  const owner = resource ?? run.configResource;
  if (owner === undefined) return declaredPlace(run);
  const place: FailurePlace = placeOf(owner, node);
  if (place.line === undefined || linesBelow === undefined) return place;
  const { column: _, ...rest } = place;
  return { ...rest, line: place.line + linesBelow };
}

/** Where the Kptfile declares the function. */
function declaredPlace(run: Pick<Run, "declared" | "package">): Pick<RenderError["failure"], "file" | "line"> {
  return { file: join(run.package, KPTFILE), line: run.declared.line };
}

/** Adds the function to a RenderError, and where it is declared. */
export function withFunction(error: unknown, run: Pick<Run, "declared" | "package">): unknown {
  if (!(error instanceof RenderError)) return error;
  const place = error.failure.file === undefined ? declaredPlace(run) : {};
  return new RenderError({ ...error.failure, ...place, function: labelOf(run.declared), package: run.package });
}

/** What one function makes is bounded, so that the next one need not be. */
function checkSize(items: readonly Resource[], run: Run, limits: RenderLimits): void {
  checkLimit(limits, "resources", items.length);
  let values = 0;
  for (const item of items) {
    const size = measure(item.root);
    values += size.values;
    if (size.depth > MAX_DEPTH) throw failureOf(run, `nests a resource deeper than ${MAX_DEPTH} levels`, placeOf(item));
  }
  checkLimit(limits, "values", values);
}
