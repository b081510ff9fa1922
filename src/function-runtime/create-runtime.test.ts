import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFunctionRuntime } from "./create-runtime.ts";
import { digestOf } from "./file-digest.ts";
import { DEFAULT_PROGRAM_LIMITS } from "./limits.ts";

const TEXT = "#!/bin/sh\necho allowed\n";
const digest = digestOf(Buffer.from(TEXT));

describe("an allowed program", () => {
  let file: string;
  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), "runtime-")), "program");
    await write(TEXT);
  });
  afterEach(async () => await rm(join(file, ".."), { recursive: true }));

  const write = async (text: string) => {
    await writeFile(file, text);
    await chmod(file, 0o755);
  };
  const open = (kind: "exec" | "wasm") => {
    const settings = { functions: new Map([["fn", { kind, file, digest, limits: DEFAULT_PROGRAM_LIMITS }]]) };
    return createFunctionRuntime({ settings, readStarlark: async () => undefined });
  };

  it("is not run any more when its file is another one", async () => {
    using runtime = open("exec");
    const program = await runtime.allowed("fn:v1");
    expect((await program?.run(""))?.stdout).toBe("allowed\n");
    await write("#!/bin/sh\necho hacked\n");
    await expect(program?.run("")).rejects.toThrow(`the settings of functions allow ${digest}`);
    await expect(runtime.allowed("fn:v1")).rejects.toThrow(`the settings of functions allow ${digest}`);
    await write(TEXT);
    expect((await (await runtime.allowed("fn:v1"))?.run(""))?.stdout).toBe("allowed\n");
  });

  it("that is missing, or no module, says so", async () => {
    using modules = open("wasm");
    const module = await modules.allowed("fn");
    await expect(module?.run("")).rejects.toThrow("the WebAssembly module is no WebAssembly module of version 1");
    await rm(file);
    using runtime = open("exec");
    await expect(runtime.allowed("fn")).rejects.toThrow(`${file} cannot be read: ENOENT`);
  });

  it("is found by its image alone", async () => {
    using runtime = open("exec");
    expect(await runtime.allowed("fnx")).toBeUndefined();
    expect(runtime.container("fn")).toBeUndefined();
    await expect(runtime.starlark()).rejects.toThrow("its WebAssembly module starlark.wasm is missing");
  });
});
