import type { ContentsProblem } from "../files/pages.ts";

/** Why a package cannot be rendered. */
export type RenderFailureReason =
  /** No package can have the files that it makes. */
  | ContentsProblem["reason"]
  | "KptfileInvalid"
  | "InvalidYAML"
  | "NotKRM"
  | "FunctionNotAvailable"
  | "FunctionFailed"
  | "LimitExceeded"
  | "BlockInvalid"
  | "BlockNotSupported"
  | "ExpressionFailed"
  | "InputMissing"
  | "InputInvalid"
  | "DataMissing"
  /** Not for a reason in the package: the operator tries again. */
  | "ProcessingFailed";

/** Where a failure is, as far as that is known. Paths are relative to the root package; line and column begin at 1. */
export interface FailurePlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The path of a field: `spec.template.spec`. */
  readonly field?: string;
}

export interface RenderFailure extends FailurePlace {
  readonly reason: RenderFailureReason;
  readonly message: string;
  /** The folder of the package; empty for the root package. */
  readonly package?: string;
  /** The function that failed, as the Kptfile has it: its name, or its image. */
  readonly function?: string;
  /** The same render may succeed later. */
  readonly isTransient?: true;
}

/** Ends a render. */
export class RenderError extends Error {
  readonly failure: RenderFailure;

  constructor(failure: RenderFailure) {
    super(failure.message);
    this.failure = failure;
  }
}
