import { join } from "node:path";
import { setTimeout as lasts } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../../src/kube/testing/tcp-proxy.ts";
import type { ControlPlane } from "../../harness/control-plane.ts";
import { isRunning } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { readHealth } from "../../testenv/health.ts";
import { holdNextPush } from "../../testenv/held-pushes.ts";
import { type Kubelet, startKubelet } from "../../testenv/kubelet.ts";
import { type OwnControlPlane, startOwnControlPlane } from "../../testenv/own-control-plane.ts";
import { createPackages, type Packages } from "../../testenv/packages.ts";
import { rewriteKubeconfig } from "../../testenv/rewritten-kubeconfig.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";
import { expectJourneys, makeJourney, retryUntilAccepted } from "./journey.ts";

const NAMES = ["api", "web"] as const;
/** Shorter than the time for which the operator works without a renewal of its Lease. */
const SHORT_MS = 4_000;

let own: OwnControlPlane;
let plane: ControlPlane;
let proxy: TcpProxy;
let env: TestEnv;
let packages: Packages;
let kubelet: Kubelet;

/** The operator reaches the API server by a proxy whose connections can be cut; users reach it directly. */
beforeAll(async () => {
  own = await startOwnControlPlane("outages");
  plane = own.controlPlane;
  proxy = await startTcpProxy(new URL(own.provided.server));
  const operator = await rewriteKubeconfig(
    own.provided,
    proxy.url.origin,
    join(own.dir, "kubeconfigs", "proxied.yaml"),
  );
  const { kubeconfigs } = own.provided;
  env = await startTestEnv("outages", {
    controlPlane: { ...own.provided, kubeconfigs: { ...kubeconfigs, operator } },
  });
  packages = await createPackages(env);
  kubelet = startKubelet(env);
});

afterAll(async () => {
  await kubelet?.stop();
  await env?.end();
  await proxy?.close();
  await own?.end();
});

interface Case {
  readonly name: string;
  /** The fault, while all packages make their steps. Resolves when everything runs again. */
  fault(repository: string): Promise<void>;
}

const CASES: readonly Case[] = [
  {
    name: "api-killed",
    fault: async (repository) => {
      const hold = await holdNextPush(env.git, repository, "after");
      await hold.reached();
      await plane.killApiServer();
      await hold.release();
      await plane.startApiServer();
    },
  },
  {
    name: "api-stopped",
    fault: async () => {
      plane.pauseApiServer();
      await lasts(SHORT_MS);
      plane.resumeApiServer();
    },
  },
  {
    name: "api-stopped-long",
    fault: async () => {
      const before = env.operator;
      plane.pauseApiServer();
      // It ends itself, since it has lost the Lease: another replica may work by then.
      await waitUntil("the operator ends", () => !isRunning(before.ref));
      plane.resumeApiServer();
      const last = (await before.log()).findLast((line) => line.level === "error");
      expect(last).toMatchObject({ msg: "ending at once", reason: expect.stringContaining("Lease was lost") });
    },
  },
  {
    name: "etcd-killed",
    fault: async () => {
      await plane.killEtcd();
      await plane.startEtcd();
    },
  },
  {
    name: "etcd-stopped",
    fault: async () => {
      plane.pauseEtcd();
      await lasts(SHORT_MS);
      plane.resumeEtcd();
    },
  },
  {
    name: "history-gone",
    fault: async () => {
      await proxy.cut();
      // Changes that only a watch from before the compaction would report.
      for (const n of [1, 2, 3]) await packages.request("carol", "merge", "repositories/history-gone", labelled(n));
      await plane.killApiServer();
      await plane.compactHistory();
      await plane.startApiServer();
      await proxy.restore();
    },
  },
];

const labelled = (n: number) => ({ metadata: { labels: { n: String(n) } } });

describe("an outage during edits and publications", () => {
  it.each(CASES)("$name: each step is done once, and nothing is lost", async ({ name, fault }) => {
    await env.git.createRepository(name);
    await retryUntilAccepted(`${name} is registered`, async () => await env.register(name));
    const { promise: underWay, resolve } = Promise.withResolvers<void>();
    const journeys = NAMES.map((one) => makeJourney(packages, name, one, (_, steps) => steps === 2 && resolve()));
    await underWay;
    await fault(name);
    await Promise.all(journeys);
    await expectJourneys(env, name, NAMES);
    await waitUntil("the operator is alive and ready", async () => await readHealth(env), {
      until: ({ alive, ready }) => alive === 200 && ready === 200,
    });
  });
});

describe("an operator without a connection to the API server", () => {
  it("is alive and not ready, until the connection is restored", async () => {
    await kubelet.stop();
    const { operator } = env;
    await proxy.cut();
    const cutOff = await waitUntil("it is not ready", async () => await readHealth(env), {
      until: ({ ready }) => ready !== 200,
    });
    // A failing liveness probe would restart it, which does not help.
    expect(cutOff.alive).toBe(200);
    // The order of the kinds depends on how their watches ended.
    expect(cutOff.text).toMatch(
      /reports no changes of: (repositories|packagerevisions|packagerevisionresources|secrets)/,
    );
    await proxy.restore();
    if (isRunning(operator.ref)) {
      await waitUntil("it is ready, or has lost its Lease", async () => await readHealth(env), {
        until: ({ ready }) => ready === 200 || !isRunning(operator.ref),
      });
    }
    kubelet = startKubelet(env);
    await waitUntil("it is ready", async () => (await readHealth(env)).ready === 200);
    await env.git.createRepository("after");
    await retryUntilAccepted("after is registered", async () => await env.register("after"));
  });
});
