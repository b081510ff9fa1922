import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { render } from "../../src/core/render/render.ts";
import type { Rendered } from "../../src/core/render/rendered.ts";
import { createFunctionRuntime } from "../../src/function-runtime/create-runtime.ts";
import { digestOf } from "../../src/function-runtime/file-digest.ts";
import { DEFAULT_PROGRAM_LIMITS, type ProgramLimits } from "../../src/function-runtime/limits.ts";
import { resolveTestExecutable, resolveTestModule } from "../harness/go-programs.ts";

const IMAGE = "example.com/fn/test";
const programs = { wasm: await resolveTestModule(), exec: await resolveTestExecutable() };

const APP = `# The web server.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # its name
spec:
  replicas: 1 # for now
  'paused': false
`;
const OTHER = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";

async function run(
  kind: keyof typeof programs,
  mode: string,
  { limits = {}, digest }: { readonly limits?: Partial<ProgramLimits>; readonly digest?: string } = {},
): Promise<Rendered> {
  const found = programs[kind];
  if ("missing" in found) throw new Error(found.missing);
  const { file } = found;
  const program = {
    kind,
    file,
    digest: digest ?? digestOf(await readFile(file)),
    limits: { ...DEFAULT_PROGRAM_LIMITS, ...limits },
  };
  const settings = { functions: new Map([[IMAGE, program]]) };
  using runtime = createFunctionRuntime({ settings, readStarlark: async () => undefined });
  const kptfile = {
    apiVersion: "kpt.dev/v1",
    kind: "Kptfile",
    metadata: { name: "p" },
    pipeline: { mutators: [{ image: `${IMAGE}:v1`, configMap: { mode }, exclude: [{ kind: "Kptfile" }] }] },
  };
  const files = new Map([
    ["Kptfile", JSON.stringify(kptfile)],
    ["app.yaml", APP],
    ["service.yaml", OTHER],
  ]);
  return await render(files, { runtime });
}

const missing = [...Object.values(programs)].find((one) => "missing" in one);

describe.skipIf(missing !== undefined)(`a function${missing === undefined ? "" : `: ${missing.missing}`}`, () => {
  describe.each(["wasm", "exec"] as const)("as %s", (kind) => {
    it("changes what it wants to change, and nothing else", async () => {
      const { changed, failure, functions } = await run(kind, "replace");
      expect(failure).toBeUndefined();
      expect([...changed]).toEqual([["app.yaml", APP.replace("replicas: 1", "replicas: 2")]]);
      const [{ version } = { version: "" }] = functions;
      expect(version).toMatch(new RegExp(`^${kind}@sha256:[0-9a-f]{64}$`));
    });

    it("ends at its limit of time", async () => {
      const started = performance.now();
      const { failure } = await run(kind, "loop", { limits: { timeMs: 500 } });
      expect(failure).toMatchObject({
        reason: "LimitExceeded",
        message: "was ended after 0.5 s, its limit of time",
        function: `${IMAGE}:v1`,
        file: "Kptfile",
      });
      expect(performance.now() - started).toBeLessThan(30_000);
    });

    it("ends at its limit of memory", async () => {
      const { failure } = await run(kind, "memory", { limits: { memoryBytes: 64 * 1024 ** 2 } });
      expect(failure).toMatchObject({
        reason: "LimitExceeded",
        message: "was ended: it needs more than 64 MiB of memory",
      });
    });

    it("ends at its limit of output", async () => {
      const { failure } = await run(kind, "output", { limits: { outputBytes: 1_000_000 } });
      expect(failure).toMatchObject({
        reason: "LimitExceeded",
        message: "was ended: it wrote more than 1000000 bytes, its limit of output",
      });
    });

    it("may log more than is kept", async () => {
      const { failure, results } = await run(kind, "log");
      expect(failure).toBeUndefined();
      expect(results[0]?.severity).toBe("info");
      expect(results[0]?.message.length).toBeLessThan(1000);
    });

    it("fails with its results, and where they are", async () => {
      const { failure, results, changed } = await run(kind, "results");
      expect(failure).toMatchObject({
        reason: "FunctionFailed",
        message: "replicas are too few",
        file: "app.yaml",
        line: 2,
        field: "spec.replicas",
      });
      expect(results).toMatchObject([
        {
          severity: "error",
          resource: { kind: "Deployment", name: "web" },
          currentValue: "1",
          proposedValue: "2",
        },
        { severity: "info", message: "all is well otherwise" },
      ]);
      expect(changed.size).toBe(0);
    });

    it("that writes nothing, or crashes, fails", async () => {
      expect((await run(kind, "nothing")).failure?.message).toBe(
        "wrote nothing to stdout, where a ResourceList is expected",
      );
      expect((await run(kind, "panic")).failure).toMatchObject({
        reason: "FunctionFailed",
        message: expect.stringMatching(/^ended with exit code 2: panic: on purpose/),
      });
    });

    it("of another digest is not run", async () => {
      const { failure } = await run(kind, "replace", { digest: `sha256:${"0".repeat(64)}` });
      expect(failure).toMatchObject({
        reason: "FunctionNotAvailable",
        field: "pipeline.mutators[0].image",
        message: expect.stringMatching(/^the settings of functions allow sha256:0+ as .*, which is sha256:/),
      });
    });
  });

  it("as WebAssembly sees no clock, no random numbers, no environment, no files and no network", async () => {
    const logs = [await run("wasm", "surroundings"), await run("wasm", "surroundings")];
    const [first, second] = logs.map(({ results }) => results[0]?.message);
    expect(first).toMatch(/^0 \[\] 0 \d+ 0 true$/);
    expect(second).toBe(first);
  });

  it("as WebAssembly that sleeps does not wait", async () => {
    const { failure, changed } = await run("wasm", "sleep");
    expect([failure, changed.size]).toEqual([undefined, 1]);
  });

  it("as an executable sees nothing of this process' environment", async () => {
    process.env.SECRET_OF_THE_OPERATOR = "secret";
    const { results } = await run("exec", "surroundings");
    delete process.env.SECRET_OF_THE_OPERATOR;
    const [, variables = ""] = /^1 \[(.*)\] /.exec(results[0]?.message ?? "") ?? [];
    const names = variables.split(" ").map((one) => one.replace(/=.*/, ""));
    // The shell adds the last one.
    expect(names.sort()).toEqual(["HOME", "LANG", "PATH", "PWD"]);
  });
});
