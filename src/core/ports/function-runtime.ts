/** Runs KRM functions that are not built in: WebAssembly, executables, and containers of a function runner. */
export interface FunctionRuntime {
  /** The function starlark of the kpt function catalog. Throws `FunctionUnavailable`. */
  readonly starlark: () => Promise<FunctionProgram>;
  /**
   * The program that the settings allow for an image; it takes the place of a built-in function. Undefined without one.
   * Throws `FunctionUnavailable` if it cannot be run.
   */
  readonly allowed: (image: string) => Promise<FunctionProgram | undefined>;
  /** An image that the settings allow for the function runner; undefined for others. */
  readonly container: (image: string) => FunctionProgram | undefined;
}

/** A program that reads a ResourceList from stdin and writes one to stdout. */
export interface FunctionProgram {
  readonly kind: "wasm" | "exec" | "container";
  /** Changes with each change of the program: its digest, `sha256:…`. Of a container: its image. */
  readonly version: string;
  /** Throws `FunctionUnavailable` or `FunctionLimitExceeded`. */
  readonly run: (input: string) => Promise<FunctionOutput>;
}

export interface FunctionOutput {
  readonly exitCode: number;
  readonly stdout: string;
  /** The beginning of it. */
  readonly stderr: string;
}

/** A function cannot be run. The message says what is missing, and what to do. */
export class FunctionUnavailable extends Error {
  override readonly name = "FunctionUnavailable";
  /** The same call may succeed later. */
  readonly isTransient: boolean;

  constructor(message: string, { isTransient = false } = {}) {
    super(message);
    this.isTransient = isTransient;
  }
}

/** A function was ended, since it took more than it may. The message names the limit. */
export class FunctionLimitExceeded extends Error {
  override readonly name = "FunctionLimitExceeded";
}
