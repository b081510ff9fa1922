import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { digestOf } from "../../src/function-runtime/file-digest.ts";
import { startEvaluator } from "../functions/evaluator.ts";
import { resolveStarlark, resolveTestExecutable, resolveTestModule } from "../harness/go-programs.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { conditionOf } from "../testenv/pipeline-packages.ts";

const programs = [await resolveStarlark(), await resolveTestModule(), await resolveTestExecutable()] as const;
const missing = programs.find((one) => "missing" in one);
const dir = await mkdtemp(join(tmpdir(), "functions-"));
let isBusy = true;
const evaluator = await startEvaluator(({ resourceList }) => {
  // As a function runner that is being restarted.
  if (isBusy) return { code: 14, details: "restarting" };
  return { resourceList: resourceList.replace("replicas: 1", "replicas: 4") };
});
const settingsFile = join(dir, "functions.yaml");
await writeFile(settingsFile, JSON.stringify(await settings()));
afterAll(async () => {
  await evaluator[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

async function settings() {
  const entries = programs.slice(1).map(async (one, at) => {
    if ("missing" in one) return [];
    const key = at === 0 ? "wasm" : "exec";
    return [[`example.com/fn/${key}`, { [key]: one.file, digest: digestOf(await readFile(one.file)) }]];
  });
  const functions = Object.fromEntries((await Promise.all(entries)).flat());
  return { functions, runner: { address: evaluator.address, images: ["example.com/containers/"] } };
}

const it = testWithEnv("functions", { operator: { env: { PKGSERVER_FUNCTIONS: settingsFile } } }).extend(
  "files",
  { scope: "file" },
  async ({ env }) => {
    await env.git.createRepository("files");
    await env.register("files");
    return createGitReader(env.git, "files");
  },
);

const id = (name: string) => ({ repository: "files", package: name, workspace: "one" });
const SCRIPT = 'for r in ctx.resource_list["items"]:\n  if r["kind"] == "Widget":\n    r["spec"]["replicas"] = 3\n';
function filesOf(name: string, image: string, configMap: object) {
  const pipeline = { mutators: [{ image, configMap }] };
  return {
    Kptfile: `${JSON.stringify({ apiVersion: "kpt.dev/v1", kind: "Kptfile", metadata: { name }, pipeline })}\n`,
    "app.yaml":
      "# Kept.\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: app\nspec:\n  replicas: 1 # too\n",
  };
}

const isRendered = (one: PackageRevision) => conditionOf(one, "Rendered")?.reason === "Rendered";
const isNotRendered = (one: PackageRevision) => conditionOf(one, "Rendered")?.status === "False";

describe.skipIf(missing !== undefined)(
  `functions that are not built in${missing ? `: ${missing.missing}` : ""}`,
  () => {
    it.for([
      ["starlark", "gcr.io/kpt-fn/starlark:v0.5", { source: SCRIPT }, 3],
      ["wasm", "example.com/fn/wasm:v1", { mode: "replace" }, 2],
      ["exec", "example.com/fn/exec:v1", { mode: "replace" }, 2],
    ] as const)("render drafts: %s", async ([name, image, config, replicas], { packages, files: git }) => {
      const object = await packages.createDraft(id(name), filesOf(name, image, config));
      const { status } = await packages.waitFor(object, "is rendered", isRendered);
      expect((await packages.contents(object)).spec.resources?.["app.yaml"]).toContain(
        `# Kept.\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: app\nspec:\n  replicas: ${replicas} # too\n`,
      );
      const [version] = status?.rendering?.functions ?? [];
      expect(version).toMatch(new RegExp(`^${name}@sha256:[0-9a-f]{64}$`));
      expect(await git("log", "-1", "--format=%B", `${name}/one`)).toContain(`Render-Function: ${version}\n`);
    });

    it("render drafts once the function runner answers", async ({ packages }) => {
      const image = "example.com/containers/fn:v1";
      const name = await packages.createDraft(id("container"), filesOf("container", image, { a: "b" }));
      const failed = await packages.waitFor(name, "is not rendered", isNotRendered);
      expect(conditionOf(failed, "Rendered")).toMatchObject({
        reason: "FunctionNotAvailable",
        message: expect.stringContaining(`the function runner at ${evaluator.address} cannot be reached: restarting`),
      });
      isBusy = false;
      const { status } = await packages.waitFor(name, "is rendered", isRendered);
      expect(status?.rendering?.functions).toEqual([`container@${image}`]);
      expect((await packages.contents(name)).spec.resources?.["app.yaml"]).toContain("replicas: 4 # too\n");
    });

    it("end at their limits, and other packages are rendered afterwards", async ({ packages }) => {
      const endless = { source: "while True:\n  pass\n" };
      const name = await packages.createDraft(id("endless"), filesOf("endless", "starlark", endless));
      const other = await packages.createDraft(id("other"), filesOf("other", "starlark", { source: SCRIPT }));
      const failed = await packages.waitFor(name, "is not rendered", isNotRendered);
      expect(conditionOf(failed, "Rendered")?.message).toContain("function starlark failed");
      expect((await packages.contents(name)).status?.results).toMatchObject([
        { severity: "error", message: "the script takes more than 30000000 steps (line 1 of the script)" },
      ]);
      await packages.waitFor(other, "is rendered", isRendered);
    });
  },
);
