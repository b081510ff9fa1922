import type { Node, YAMLMap } from "yaml";
import type { Budget } from "../limits.ts";
import type { Resource } from "../resource.ts";

export type Severity = "error" | "warning" | "info";

/** What a function says about a resource; as kpt's. */
export interface FunctionReport {
  readonly severity: Severity;
  readonly message: string;
  readonly resource?: Resource;
  readonly field?: string;
  readonly currentValue?: string;
  readonly proposedValue?: string;
}

/** One run of a function. */
export interface FunctionCall {
  /** The selected resources, in kpt's order. Functions change, add and remove them. */
  readonly items: Resource[];
  /** The functionConfig: the file of `configPath`, or a ConfigMap with the values of `configMap`. */
  readonly config: YAMLMap | undefined;
  /** As the Kptfile has it: some functions differ between the tags that are in use. */
  readonly image: string;
  readonly report: (report: FunctionReport) => void;
  /** For functions that copy nodes, or that make large texts. */
  readonly budget: Budget;
}

/** A KRM function. Its entry in `registry.ts` makes it available. */
export interface KrmFunction {
  /** The last part of the image's name. */
  readonly name: string;
  /** Changes with each change of the results: what was rendered before is rendered again. */
  readonly version: number | string;
  /** Pure. Throws a FunctionError; a failure of the pipeline is also a report of severity `error`. */
  readonly run: (call: FunctionCall) => void | Promise<void>;
}

/** Ends a function, and with it the render. */
export class FunctionError extends Error {
  readonly place: {
    readonly resource?: Resource;
    readonly node?: Node;
    readonly field?: string;
    /** Lines from the node's first one. */
    readonly linesBelow?: number;
  };

  /** @param place `node` is a node of the resource, or of the functionConfig without one. */
  constructor(message: string, place: FunctionError["place"] = {}) {
    super(message);
    this.place = place;
  }
}
