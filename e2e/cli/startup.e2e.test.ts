import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { startConnectProxy } from "../../src/kube/testing/connect-proxy.ts";
import { testWithCli } from "../testenv/cli.ts";

const RUNS = 10;
/** The limit of the time that a user waits, on an idle machine. Other tests run beside this one: CPU time. */
const LIMIT_MS = 250;

const it = testWithCli("startup", { end: { skipInvariants: "there is no Repository" } });

/** Milliseconds of CPU time of one run, of several in a row, as bash tells it of its children. */
async function cpuTimeOf(command: string): Promise<number> {
  const script = `for ((i = 0; i < ${RUNS}; i++)); do ${command} >/dev/null; done; times`;
  const { stdout } = await promisify(execFile)("bash", ["-c", script]);
  const [, children = ""] = stdout.trim().split("\n");
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => 60 * Number(m) + Number(s));
  return (1000 * seconds.reduce((sum, one) => sum + one, 0)) / RUNS;
}

describe("kubectl pkg", () => {
  it(`starts in ${LIMIT_MS} ms of CPU time`, async ({ cli, env }) => {
    const own = await cpuTimeOf(`${join(cli.dir, "bin", "kubectl-pkg")} version --client`);
    const kubectl = await cpuTimeOf(`${env.controlPlane.kubectl} version --client`);
    process.stdout.write(`start: kubectl pkg ${own.toFixed(0)} ms, kubectl ${kubectl.toFixed(0)} ms of CPU time\n`);
    expect(own).toBeLessThan(LIMIT_MS);
  });

  it("goes through the proxy of the kubeconfig", async ({ cli }) => {
    const proxy = await startConnectProxy();
    const file = join(cli.dir, "proxied");
    const text = await readFile(await cli.kubeconfigWithNamespace("alice"), "utf8");
    await writeFile(file, text.replace(/^( *)server: .*$/m, `$&\n$1proxy-url: ${proxy.url}`));
    expect(await cli.run(["get"], { env: { KUBECONFIG: file } })).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^no PackageRevision found in the namespace \S+\n$/),
    });
    expect(proxy.asked.length).toBeGreaterThan(0);
    await proxy.close();
  });

  it("acts as another user of other groups", async ({ cli, env }) => {
    const { code, stderr } = await cli.run(["get", "--as", "zoe", "--as-group", "nobodies"], { as: "admin" });
    expect(code).toBe(4);
    expect(stderr).toContain(`User "zoe" cannot list resource "packagerevisions"`);
    const groups = ["--as", "zoe", "--as-group", "system:masters"];
    expect((await cli.run(["get", ...groups], { as: "admin" })).code).toBe(0);
    expect((await cli.run(["get", "--as-group", "a"])).code).toBe(2);
    expect(env.namespace).not.toBe("");
  });
});
