import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/function-runtime/file-digest.ts";
import { resolveStarlark, resolveTestModule } from "../harness/go-programs.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const APP = "apiVersion: v1\nkind: Widget\nmetadata:\n  name: a # it\nspec:\n  replicas: 1 # small\n";
const SCRIPT = `for r in ctx.resource_list["items"]:
  if r["kind"] == "Widget":
    r["spec"]["replicas"] = 3
`;
const [starlark, module] = [await resolveStarlark(), await resolveTestModule()];
const missing = [starlark, module].find((one) => "missing" in one);

let dir: string;
const cli = async (...args: readonly string[]) => {
  const ended = run(join(dir, "bin", "kubectl-pkg"), args, { cwd: dir, env: { PATH: process.env.PATH } });
  return await ended.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
};
const writePackage = async (name: string, mutator: object) => {
  const metadata = { name, annotations: { "config.kubernetes.io/local-config": "true" } };
  const kptfile = { apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata, pipeline: { mutators: [mutator] } };
  await mkdir(join(dir, name));
  await writeFile(join(dir, name, "Kptfile"), JSON.stringify(kptfile));
  await writeFile(join(dir, name, "app.yaml"), APP);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "functions-cli-"));
  await run("make", ["cli", `CLI_DIR=${join(dir, "cli")}`], { cwd: ROOT });
  await mkdir(join(dir, "bin"));
  // As a user may do: starlark.wasm is beside the file, not beside the link.
  await symlink(join(dir, "cli", "kubectl-pkg"), join(dir, "bin", "kubectl-pkg"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

describe.skipIf(missing !== undefined)(`render${missing === undefined ? "" : `: ${missing.missing}`}`, () => {
  it("runs starlark, and says what is missing without its module", async () => {
    await writePackage("script", { image: "gcr.io/kpt-fn/starlark:v0.5", configMap: { source: SCRIPT } });
    const wasm = join(dir, "cli", "starlark.wasm");
    const bytes = await readFile(wasm);
    await rm(wasm);
    const { code, stderr } = await cli("render", "script");
    expect(code).toBe(1);
    expect(stderr).toContain("its WebAssembly module starlark.wasm is missing beside this program");
    await writeFile(wasm, bytes);
    expect(await cli("render", "script")).toMatchObject({ code: 0, stdout: "M app.yaml\n" });
    expect(await readFile(join(dir, "script", "app.yaml"), "utf8")).toBe(APP.replace("replicas: 1", "replicas: 3"));
  });

  it("runs functions that the user's settings allow", async () => {
    if (!("file" in module)) throw new Error(module.missing);
    await writePackage("allowed", { image: "example.com/fn/test:v1", configMap: { mode: "replace" } });
    const digest = digestOf(await readFile(module.file));
    const settings = { functions: { "example.com/fn/test": { wasm: module.file, digest } } };
    await writeFile(join(dir, "functions.yaml"), JSON.stringify(settings));
    const refused = await cli("render", "allowed");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("no function for the image example.com/fn/test:v1 is built in or allowed");
    expect(refused.stderr).toContain("`--functions FILE` names a file that allows others");
    const { code, stdout } = await cli("render", "allowed", "--functions", "functions.yaml", "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).functions).toMatchObject([{ version: `wasm@${digest}` }]);
    expect(await readFile(join(dir, "allowed", "app.yaml"), "utf8")).toContain("replicas: 2 # small\n");
  });

  it("names what is wrong with the settings", async () => {
    await writePackage("wrong", { image: "set-labels", configMap: { a: "b" } });
    await writeFile(join(dir, "wrong.yaml"), "functions: {a: {exec: /bin/true}}");
    const { code, stderr } = await cli("render", "wrong", "--functions", "wrong.yaml");
    expect(code).toBe(2);
    expect(stderr).toContain("wrong.yaml: functions[a].digest: sha256: and 64 hexadecimal digits are expected");
  });
});
