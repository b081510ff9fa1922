import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

/** The README's shell commands, block by block. */
async function shellBlocks(): Promise<readonly string[]> {
  const text = await readFile(join(root, "README.md"), "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
}

describe("README", () => {
  let env: TestEnv;
  let dir: string;
  let shellEnv: NodeJS.ProcessEnv;

  beforeAll(async () => {
    env = await startTestEnv("readme");
    dir = await mkdtemp(join(tmpdir(), "pkgserver-readme-"));
    await env.git.createRepository("platform/catalog", { seed: await readFolder(join(root, "examples", "catalog")) });
    await env.git.git("platform/catalog", "tag", "web/storefront/v1", "main");
    await env.git.createRepository("platform/deployments", { empty: true });
    await copyExamples(join(dir, "examples"), env);
    shellEnv = await environmentOf(dir, env);
  });
  afterAll(async () => {
    await env.end();
    await rm(dir, { recursive: true, force: true });
  });

  const shell = async (script: string) => {
    const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], { cwd: dir, env: shellEnv });
    return stdout;
  };

  it("has steps by hand that lead from two repositories to a tag and its deletion", async () => {
    const [steps] = (await shellBlocks()).filter((block) =>
      block.includes("kubectl apply -f examples/repositories.yaml"),
    );
    const output = await shell(steps ?? "exit 1");
    expect(output).toContain('"digest":"sha256:');
    expect(output).toMatch(/edge1\.deployments\.web\.storefront\.first +True +Published +published +v1 +true/);
    const refs = await env.git.git("platform/deployments", "for-each-ref", "--format=%(refname)");
    expect(refs.trim().split("\n")).toEqual(["refs/heads/main", "refs/tags/edge1/web/storefront/deleted-v1"]);
  });

  it("approves with digest and name, as before Kubernetes 1.36", async () => {
    const name = "edge1.deployments.web.storefront.first";
    const manifest = `${await readFile(join(dir, "examples", "draft-clone.yaml"), "utf8")}  lifecycle: proposed\n`;
    await env.as("admin").applyYaml(manifest);
    await env.waitFor(name, "is proposed", (object) => object.status?.lifecycle === "proposed");
    const [approval] = (await shellBlocks()).filter((block) => block.includes("kubectl auth whoami"));
    await shell(approval ?? "exit 1");
    const published = await env.waitFor(name, "is published", (object) => object.status?.lifecycle === "published");
    expect(published.status).toMatchObject({ revision: "v2", publishedBy: "admin" });
  });

  it("calls only targets that the Makefile has", async () => {
    const called = [...(await readFile(join(root, "README.md"), "utf8")).matchAll(/\bmake ([a-z][a-z-]*)/g)].map(
      (match) => match[1],
    );
    const makefile = await readFile(join(root, "Makefile"), "utf8");
    const targets = [...makefile.matchAll(/^([a-z-]+):/gm)].map((match) => match[1]);
    expect(targets).toEqual(expect.arrayContaining([...new Set(called)]));
  });

  it("links to files that are there", async () => {
    const links = [...(await readFile(join(root, "README.md"), "utf8")).matchAll(/\]\(([^)#]+)\)/g)].map(
      (match) => match[1] ?? "",
    );
    for (const link of links)
      await expect(readFile(join(root, link)).catch(() => readdir(join(root, link)))).resolves.toBeDefined();
  });

  it("names the folders of src as they are", async () => {
    const text = await readFile(join(root, "README.md"), "utf8");
    const entries = await readdir(join(root, "src"), { withFileTypes: true });
    for (const entry of entries.filter(({ name }) => !name.endsWith(".test.ts"))) {
      expect(text, entry.name).toContain(entry.isDirectory() ? `  ${entry.name}/` : entry.name);
    }
  });
});

async function readFolder(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, "utf8")] as const),
    ),
  );
}

/** The examples with the URLs of the test's git server, as a reader puts in their own. */
async function copyExamples(target: string, env: TestEnv): Promise<void> {
  await cp(join(root, "examples"), target, { recursive: true });
  const file = join(target, "repositories.yaml");
  const server = dirname(dirname(env.git.url("platform/catalog")));
  await writeFile(file, (await readFile(file, "utf8")).replaceAll("https://git.example.com", server));
}

/** A shell with kubectl, whose current context is the test's namespace. */
async function environmentOf(dir: string, env: TestEnv): Promise<NodeJS.ProcessEnv> {
  const { kubectl, kubeconfigs } = inject("controlPlane");
  const bin = join(dir, "bin");
  await mkdir(bin);
  await symlink(kubectl, join(bin, "kubectl"));
  const kubeconfig = join(dir, "kubeconfig");
  const text = await readFile(kubeconfigs.admin, "utf8");
  await writeFile(kubeconfig, text.replace("namespace: default", `namespace: ${env.namespace}`), { mode: 0o600 });
  await env.as("admin")("delete", "secret", "git-auth");
  return {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    HOME: dir,
    KUBECONFIG: kubeconfig,
    GIT_PASSWORD: env.password,
  };
}
