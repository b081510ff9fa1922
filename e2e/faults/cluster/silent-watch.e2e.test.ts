import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../../src/kube/testing/tcp-proxy.ts";
import { waitUntil } from "../../harness/wait.ts";
import { readHealth } from "../../testenv/health.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { rewriteKubeconfig } from "../../testenv/rewritten-kubeconfig.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

/** Longer than the interval of the Lease's renewal, so that frequent requests continue. */
const QUIET_MS = 3_000;

let dir: string;
let proxy: TcpProxy;
let env: TestEnv;
let packages: Packages;

/** The operator's watches can be frozen: they are the quiet ones of its connections to the API server. */
beforeAll(async () => {
  const shared = inject("controlPlane");
  dir = await mkdtemp(join(tmpdir(), "pkgserver-silent-"));
  proxy = await startTcpProxy(new URL(shared.server));
  const operator = await rewriteKubeconfig(shared, proxy.url.origin, join(dir, "kubeconfig.yaml"));
  env = await startTestEnv("silent", {
    controlPlane: { ...shared, kubeconfigs: { ...shared.kubeconfigs, operator } },
    operator: { program: { file: join(import.meta.dirname, "operator-with-short-watch-timeout.ts"), nodeOptions: "" } },
  });
  packages = await createPackages(env);
  await env.git.createRepository("plain");
  await env.register("plain", { sync: { interval: "1h" } });
});

afterAll(async () => {
  await env?.end();
  await proxy?.close();
  await rm(dir, { recursive: true, force: true });
});

const silences = async () =>
  (await env.operator.log()).filter((line) => JSON.stringify(line).includes("watch: silent for")).length;

describe("a watch that goes silent with its socket open", () => {
  it("is given up, and the missed changes are reconciled", async () => {
    const name = await packages.createDraft(
      { repository: "plain", package: "web", workspace: "one" },
      { "a.yaml": "a: 1\n" },
    );
    const { ref } = env.operator;
    for (const text of ["a: 2\n", "a: 3\n"]) {
      const before = await silences();
      proxy.freeze(QUIET_MS);
      await packages.save(name, { "a.yaml": text });
      expect(await env.git.git("plain", "show", "web/one:web/a.yaml")).toBe(text);
      await waitUntil("the watchdog has reported it", async () => (await silences()) > before);
    }
    const { alive, ready } = await readHealth(env);
    expect([alive, ready]).toEqual([200, 200]);
    expect((await packages.publish(name)).status?.revision).toBe("v1");
    expect(env.operator.ref).toEqual(ref);
  });
});
