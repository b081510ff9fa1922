import { type FunctionProgram, type FunctionRuntime, FunctionUnavailable } from "../core/ports/function-runtime.ts";
import { runExecutable } from "./exec/executable.ts";
import { digestOf, fileState, readProgram } from "./file-digest.ts";
import { DEFAULT_PROGRAM_LIMITS } from "./limits.ts";
import type { FunctionRunner } from "./runner/function-runner.ts";
import {
  type AllowedProgram,
  type FunctionSettings,
  findAllowed,
  type RunnerSettings,
  runsOnRunner,
} from "./settings/settings.ts";
import { WasmProgram } from "./wasm/wasm-program.ts";

export interface RuntimeOptions {
  readonly settings: FunctionSettings;
  /** The WebAssembly module of starlark; undefined if there is none here. Called once. */
  readonly readStarlark: () => Promise<Uint8Array | undefined>;
}

/** A FunctionRuntime with programs of this machine, and a function runner. */
export function createFunctionRuntime({ settings, readStarlark }: RuntimeOptions): FunctionRuntime & Disposable {
  const programs = new Map<AllowedProgram, { readonly state: string; readonly program: FunctionProgram }>();
  const { runner: runnerSettings } = settings;
  let starlark: Promise<FunctionProgram> | undefined;
  let runner: Promise<FunctionRunner> | undefined;
  return {
    starlark: () => (starlark ??= createStarlark(readStarlark)),
    allowed: async (image) => {
      const one = findAllowed(settings, image);
      if (one === undefined) return undefined;
      const state = await fileState(one.file);
      const known = programs.get(one);
      if (known?.state === state) return known.program;
      const program = createProgram(one, await readProgram(one.file, one.digest), state);
      programs.set(one, { state, program });
      return program;
    },
    container: (image) => {
      if (runnerSettings === undefined || !runsOnRunner(runnerSettings, image)) return undefined;
      const connect = async () => {
        runner ??= connectRunner(runnerSettings);
        return await runner.catch((error: unknown) => {
          runner = undefined;
          throw error;
        });
      };
      return { kind: "container", version: image, run: async (input) => (await connect()).run(image, input) };
    },
    [Symbol.dispose]: () =>
      void runner?.then(
        (one) => one.close(),
        () => undefined,
      ),
  };
}

/** gRPC takes a while to load, and most renders need none. */
async function connectRunner(settings: RunnerSettings): Promise<FunctionRunner> {
  const runner = await import("./runner/connect-runner.ts");
  return await runner.connectRunner(settings);
}

async function createStarlark(read: RuntimeOptions["readStarlark"]): Promise<FunctionProgram> {
  const bytes = await read();
  if (bytes === undefined) {
    throw new FunctionUnavailable(
      "starlark cannot be run here: its WebAssembly module starlark.wasm is missing beside this program; " +
        "`make cli` and `make build` write it where Go is installed",
    );
  }
  const program = new WasmProgram(bytes, DEFAULT_PROGRAM_LIMITS);
  return { kind: "wasm", version: digestOf(bytes), run: (input) => program.run(input) };
}

function createProgram(allowed: AllowedProgram, bytes: Uint8Array, state: string): FunctionProgram {
  const { kind, file, digest, limits } = allowed;
  const execute = async (input: string) => {
    // Functions before it in the pipeline may have taken minutes.
    if ((await fileState(file)) !== state) await readProgram(file, digest);
    return await runExecutable(file, input, limits);
  };
  if (kind === "exec") return { kind, version: digest, run: execute };
  const program = new WasmProgram(bytes, limits);
  return { kind, version: digest, run: (input) => program.run(input) };
}
