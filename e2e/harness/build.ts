import { execFile, spawn } from "node:child_process";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { crdsBeside, type Environment, type Log } from "./cache.ts";
import type { Tool } from "./tools.ts";

/**
 * Builds a program from its pinned Go module into `target`, with its CRDs beside it. Logs the elapsed time every 15 s.
 */
export async function buildTool(tool: Tool, target: string, options: { env: Environment; log: Log }): Promise<void> {
  const { env, log } = options;
  const started = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - started) / 1000)} s`;
  log(`building ${tool.name} ${tool.version} from its Go module (minutes the first time, seconds afterwards)`);
  const progress = setInterval(() => log(`building ${tool.name} ${tool.version}: ${elapsed()} so far`), 15_000);
  try {
    await runGo(tool, target, env);
    if (tool.crdFolder !== undefined) await copyCrds(tool, tool.crdFolder, crdsBeside(target), env);
  } finally {
    clearInterval(progress);
  }
  log(`built ${tool.name} ${tool.version} in ${elapsed()}`);
}

/** Copies a folder of the module, which is in Go's cache after the build. */
async function copyCrds(tool: Tool, folder: string, target: string, env: Environment): Promise<void> {
  const options = { cwd: tool.moduleDir, env: { ...env, GOWORK: "off" } };
  const { stdout } = await promisify(execFile)("go", ["list", "-m", "-f", "{{.Dir}}", tool.goPackage], options);
  const source = join(stdout.trim(), folder);
  // File by file: the folder in Go's cache is read-only, and a copy of it could not be moved.
  await mkdir(target);
  for (const name of await readdir(source)) await copyFile(join(source, name), join(target, name));
}

function runGo(tool: Tool, target: string, env: Environment): Promise<void> {
  const ldflags = ["-s", "-w", ...tool.linkerValues.map((value) => `-X ${value}`)].join(" ");
  const args = ["build", "-trimpath", "-buildvcs=false", `-ldflags=${ldflags}`, "-o", target, tool.goPackage];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn("go", args, {
    cwd: tool.moduleDir,
    env: { ...env, ...tool.platform, CGO_ENABLED: "0", GOWORK: "off" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-4096);
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    reject(error.code === "ENOENT" ? new Error(missingGo(tool)) : error);
  });
  child.on("close", (code, signal) => {
    if (code === 0) resolve();
    else reject(new Error(`go build ${tool.goPackage} ended with ${code ?? signal}:\n${errors.trim()}`));
  });
  return promise;
}

function missingGo(tool: Tool): string {
  const missing = `${tool.name} ${tool.version} has to be built and there is no Go here: install Go 1.26 or later`;
  switch (tool.name) {
    case "helm":
      return `${missing}, or set PKGSERVER_HELM to a helm v4 program`;
    case "krew":
    case "validate-krew-manifest":
    case "starlark.wasm":
    case "test-function":
    case "test-function.wasm":
    case "source-controller":
    case "kustomize-controller":
      return missing;
    default:
      return `${missing}, or set KUBEBUILDER_ASSETS to a folder that holds kube-apiserver, etcd and kubectl (setup-envtest makes one)`;
  }
}
