import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it as base, describe, expect } from "vitest";
import { runProgram } from "../../program.ts";
import { createIo } from "../../testing/io.ts";

const KPTFILE = `apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: web
pipeline:
  mutators:
  - image: set-namespace
    configMap: {namespace: shop}
  - image: remove-local-config-resources
    exclude: [{kind: Kptfile}]
`;
const OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a # kept\n";
const LOCAL = `${OBJECT}  annotations: {config.kubernetes.io/local-config: "true"}\n`;
const FILES = { Kptfile: KPTFILE, "a.yaml": OBJECT, "old/local.yaml": LOCAL, "logo.png": "\xff" };

const it = base.extend("dir", async ({}, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "render-"));
  onCleanup(async () => await rm(dir, { recursive: true }));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(join(dir, "web", path, ".."), { recursive: true });
    await writeFile(join(dir, "web", path), text, "latin1");
  }
  return dir;
});

async function render(cwd: string, ...args: readonly string[]) {
  const io = { ...createIo(), cwd };
  const code = await runProgram(["render", ...args], io);
  return { code, stdout: io.output(), stderr: io.errors() };
}

const read = (dir: string) => readFile(join(dir, "web", "a.yaml"), "utf8");

describe("kubectl pkg render", () => {
  it("writes what the functions change, and nothing the second time", async ({ dir }) => {
    const first = await render(dir, "web");
    expect([first.code, await read(dir)]).toEqual([0, `${OBJECT}  namespace: shop\n`]);
    expect(await readdir(join(dir, "web"))).toEqual(["Kptfile", "a.yaml", "logo.png"]);
    expect(first.stdout).toContain("a.yaml");
    expect(first.stderr).toContain("web: ran 2 functions, changed 2 files\n");
    expect(await render(dir, "web", "--check")).toMatchObject({ code: 0, stdout: "" });
  });

  it("shows what would change, and writes nothing", async ({ dir }) => {
    const { code, stdout, stderr } = await render(dir, "web", "--dry-run");
    expect([code, await read(dir)]).toEqual([0, OBJECT]);
    expect(stdout).toContain("+  namespace: shop\n");
    expect(stdout).toContain("+++ /dev/null\n");
    expect(stderr).toContain("web: ran 2 functions, would change 2 files\n");
  });

  it("ends with 1 for --check if anything would change", async ({ dir }) => {
    const { code, stderr } = await render(dir, "web", "--check");
    expect([code, await read(dir)]).toEqual([1, OBJECT]);
    expect(stderr).toContain("error: web: rendering would change 2 files\n");
  });

  it("prints changes, functions and results as JSON", async ({ dir }) => {
    const { stdout } = await render(dir, "web", "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      changes: [
        { path: "a.yaml", kind: "changed" },
        { path: "old/local.yaml", kind: "removed" },
      ],
      functions: [{ image: "set-namespace" }, { image: "remove-local-config-resources" }],
      results: [{ severity: "info", function: "set-namespace" }, {}, {}],
    });
  });

  it("names the place of a failure, and writes nothing", async ({ dir }) => {
    await writeFile(
      join(dir, "web", "Kptfile"),
      KPTFILE.replace("remove-local-config-resources", "example.com/mine:v1"),
    );
    const { code, stderr } = await render(dir, "web");
    expect([code, await read(dir)]).toEqual([1, OBJECT]);
    expect(stderr).toContain(
      "Kptfile:9: example.com/mine:v1: no function for the image example.com/mine:v1 is built in",
    );
    expect(stderr).toContain("built in are: apply-replacements, apply-setters, create-setters, ");
  });

  it("ends with 3 without a folder, or without a Kptfile", async ({ dir }) => {
    expect((await render(dir, "nothing")).code).toBe(3);
    await rm(join(dir, "web", "Kptfile"));
    expect(await render(dir, "web")).toMatchObject({
      code: 3,
      stderr: "error: web has no Kptfile and no kform blocks: there is nothing to render\n",
    });
  });
});

const BLOCKS = `apiVersion: v1
kind: ConfigMap
metadata:
  name: size
  annotations:
    kform.dev/block-type: input
data:
  replicas: 1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # stays
spec:
  replicas: input.size[0].data.replicas
`;
const VALUES = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: size\ndata:\n  replicas: 5\n";

const itHasBlocks = it.extend("blocks", async ({ dir }) => {
  await mkdir(join(dir, "app"));
  await writeFile(join(dir, "app", "web.yaml"), BLOCKS);
  await writeFile(join(dir, "values.yaml"), VALUES);
  return dir;
});

describe("kubectl pkg render of kform blocks", () => {
  const file = "out/apps_v1.Deployment..web.yaml";

  itHasBlocks("takes the inputs of a file, and writes the outputs", async ({ blocks }) => {
    const { code, stdout, stderr } = await render(blocks, "app", "--inputs", "values.yaml");
    expect([code, stdout]).toEqual([0, `A ${file}\n`]);
    expect(stderr).toContain("app: rendered 2 kform blocks, changed 1 file\n");
    expect(await readFile(join(blocks, "app", file), "utf8")).toMatch(
      / {2}name: web # stays\nspec:\n {2}replicas: 5\n$/,
    );
    expect((await render(blocks, "app", "--inputs", "values.yaml", "--check")).code).toBe(0);
  });

  itHasBlocks("says what is missing, and how to give it", async ({ blocks }) => {
    const { code, stderr } = await render(blocks, "app");
    expect(code).toBe(1);
    expect(stderr).toContain("error: app: web.yaml:1:1: kform: input.size has no value: give a ConfigMap with ");
    expect(stderr).toContain("to give it: --inputs FILE\n");
    expect(await readdir(join(blocks, "app"))).toEqual(["web.yaml"]);
  });

  itHasBlocks("names the file of an input that does not fit", async ({ blocks }) => {
    await writeFile(join(blocks, "values.yaml"), VALUES.replace("5", "many"));
    const { code, stderr } = await render(blocks, "app", "--inputs", "values.yaml");
    expect(code).toBe(1);
    expect(stderr).toContain("values.yaml, document 1, for input.size: `data.replicas` must be an integer");
  });

  itHasBlocks("lists data that was taken as JSON", async ({ blocks }) => {
    const data = BLOCKS.replace(
      "block-type: input",
      "block-type: data\n    kform.dev/resource-type: kubernetes_manifest",
    );
    await writeFile(join(blocks, "app", "web.yaml"), data.replace("input.size", "kubernetes_manifest.size"));
    const { stdout } = await render(blocks, "app", "--inputs", "values.yaml", "--dry-run", "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      taken: [{ block: "kubernetes_manifest.size", name: "size", source: "values.yaml, document 1" }],
      missing: [],
    });
    const { stderr } = await render(blocks, "app");
    expect(stderr).toContain("to give it: --inputs FILE, with v1/ConfigMap size\n");
  });
});
