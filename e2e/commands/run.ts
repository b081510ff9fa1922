import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPERATOR_ACCOUNT } from "../harness/install.ts";
import { createOwnKubectl } from "../harness/kubectl.ts";
import { reportErrors } from "./command-error.ts";
import { currentKubeconfig } from "./install.ts";

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[];
}

/**
 * `make run`: runs the operator from this folder on the cluster of the current KUBECONFIG. It always runs as its own
 * ServiceAccount, with a new token: the policies exempt only that account.
 */
reportErrors();
const kubectl = createOwnKubectl("kubectl", currentKubeconfig());
const { namespace, name } = OPERATOR_ACCOUNT;
const token = (await kubectl("create", "token", name, `--namespace=${namespace}`, "--duration=24h")).trim();
const [cluster] = (JSON.parse(await kubectl("config", "view", "--minify", "--flatten", "-o", "json")) as Kubeconfig)
  .clusters;
const dir = await mkdtemp(join(tmpdir(), "pkgserver-run-"));
const kubeconfig = join(dir, "kubeconfig.json");
const config = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [cluster],
  users: [{ name, user: { token } }],
  contexts: [{ name, context: { cluster: cluster?.name, user: name } }],
  "current-context": name,
};
await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
const env = {
  PKGSERVER_DATA_DIR: join(dir, "data"),
  PKGSERVER_LISTEN: "127.0.0.1:8081",
  ...process.env,
  KUBECONFIG: kubeconfig,
};
const operator = spawn(process.execPath, [join(import.meta.dirname, "..", "..", "src", "main.ts")], {
  stdio: ["ignore", "inherit", "inherit"],
  env,
  // A terminal sends Ctrl-C to everything in its group: with ours the operator would hear it twice, and the second ends
  // it at once.
  detached: true,
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => operator.kill(signal));
operator.on("exit", async (code) => {
  await rm(dir, { recursive: true, force: true });
  process.exit(code ?? 1);
});
