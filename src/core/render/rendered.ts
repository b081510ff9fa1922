import type { RenderFailure } from "./failure.ts";
import type { Severity } from "./functions/function.ts";
import type { DataRequest, TakenObject } from "./kform/given.ts";

/** What a function said; as kpt's results. */
export interface FunctionResult {
  readonly severity: Severity;
  readonly message: string;
  /** The function, by its name in the Kptfile or its image. */
  readonly function: string;
  readonly package: string;
  readonly file?: string;
  readonly line?: number;
  readonly resource?: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  };
  readonly field?: string;
  readonly currentValue?: string;
  readonly proposedValue?: string;
}

/** A function that ran. */
export interface FunctionRun {
  readonly package: string;
  readonly image: string;
  readonly name?: string;
  /** The version of the function: another one may give other results. `set-labels@2`, `starlark@sha256:…`. */
  readonly version: string;
  /** The resources that it got. */
  readonly resources: number;
}

export interface Rendered {
  /** Files that are new or differ, path → text; empty if the render failed. */
  readonly changed: ReadonlyMap<string, string>;
  /** Files whose resources are all gone. */
  readonly removed: readonly string[];
  /** The first results, in the order in which functions ran. */
  readonly results: readonly FunctionResult[];
  /** All results, by severity. */
  readonly counts: Readonly<Record<Severity, number>>;
  readonly functions: readonly FunctionRun[];
  /** Objects from outside that kform blocks took. */
  readonly taken: readonly TakenObject[];
  /** Objects that kform blocks need, and that were not given: a render with them may succeed. */
  readonly missing: readonly DataRequest[];
  /** Why nothing was rendered. */
  readonly failure?: RenderFailure;
}
