import { execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { runGit } from "../harness/git-command.ts";
import { normalize } from "../testenv/cli.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { TestEnv } from "../testenv/testenv.ts";
import { root } from "./markdown.ts";

/** A shell as a reader has it: kubectl of the test's namespace, the examples, and the variables that the docs name. */
export interface DocumentedShell {
  /** Runs a script at a terminal, as a reader does, and answers each question with y. Returns what the reader sees. */
  runAtTerminal(script: string): Promise<string>;
  /** Runs a script with bash, which stops at the first failure. Returns stdout. */
  run(script: string, options?: { readonly cwd?: string }): Promise<string>;
  /** The folder that has `examples`. */
  readonly dir: string;
}

/** Fixtures of the tests that run the commands of the docs: the examples' repositories, and a shell. */
export function testWithShell(prefix: string, options: Parameters<typeof testWithEnv>[1] = {}) {
  return testWithEnv(prefix, options).extend("shell", { scope: "file" }, async ({ env }, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), `pkgserver-${prefix}-`));
    onCleanup(async () => await rm(dir, { recursive: true, force: true }));
    await env.git.createRepository("platform/catalog", { seed: await readFolder(join(root, "examples", "catalog")) });
    await env.git.git("platform/catalog", "tag", "web/storefront/v1", "main");
    await env.git.createRepository("platform/deployments", { empty: true });
    await cp(join(root, "examples"), join(dir, "examples"), { recursive: true });
    const shellEnv = await environmentOf(dir, env);
    // As the README has it: below the folder of the project.
    await promisify(execFile)("make", ["cli", `CLI_DIR=${join(dir, "dist", "cli")}`], { cwd: root });
    const shell: DocumentedShell = {
      dir,
      runAtTerminal: async (script) => await runAtTerminal(script, dir, shellEnv),
      run: async (script, { cwd = dir } = {}) => {
        const bash = ["-euo", "pipefail", "-c", script];
        return (await promisify(execFile)("bash", bash, { cwd, env: shellEnv, maxBuffer: 16 * 1024 * 1024 })).stdout;
      },
    };
    return shell;
  });
}

async function runAtTerminal(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const file = join(cwd, "script.sh");
  await writeFile(file, script);
  const child = spawn("script", ["-qfec", `bash -euo pipefail ${file}`, "/dev/null"], {
    cwd,
    env: { ...env, TERM: "xterm" },
  });
  let output = "";
  let answered = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    for (const asked = output.split("[y/N] ").length - 1; answered < asked; answered++) child.stdin.write("y\n");
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const seen = normalize(output);
  if (code !== 0) throw new Error(`the script ended with ${code}: ${seen}`);
  return seen;
}

/** A clone of a repository of the test's Git server, with `origin`. */
export async function cloneRepository(env: TestEnv, repository: string, dir: string): Promise<string> {
  const clone = join(dir, `clone-${repository}`);
  await runGit(dir, ["clone", "--quiet", env.git.path(repository), clone]);
  return clone;
}

async function readFolder(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, "utf8")] as const),
    ),
  );
}

async function environmentOf(dir: string, env: TestEnv): Promise<NodeJS.ProcessEnv> {
  const { kubectl, kubeconfigs } = inject("controlPlane");
  const bin = join(dir, "bin");
  await mkdir(bin);
  await symlink(kubectl, join(bin, "kubectl"));
  const kubeconfig = join(dir, "kubeconfig");
  const text = await readFile(kubeconfigs.admin, "utf8");
  await writeFile(kubeconfig, text.replace("namespace: default", `namespace: ${env.namespace}`), { mode: 0o600 });
  return {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    HOME: dir,
    KUBECONFIG: kubeconfig,
    GIT_URL: dirname(env.git.url("platform/catalog")),
    GIT_PASSWORD: env.password,
  };
}
