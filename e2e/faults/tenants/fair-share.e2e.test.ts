import { describe, expect } from "vitest";
import { waitUntil } from "../../harness/wait.ts";
import { holdNextPush } from "../../testenv/held-pushes.ts";
import { startUnresponsiveServer, type UnresponsiveServer } from "../../testenv/misbehaving-servers.ts";
import type { Tenant } from "../../testenv/tenant.ts";
import { readyReason } from "../../testenv/testenv.ts";
import { testWithNeighbour } from "./fixtures.ts";

/** Those of a namespace that are waited for without a worker (`slow-remotes.ts`), and with its share of workers. */
const WAITED_FOR = 32 + 8;
const SILENT = WAITED_FOR + 5;
/** More than the operator has workers for, as `WORKERS` in the controller's `setup.ts` has it. */
const HELD = 140;
/** How long another Repository of the namespace may take beside them, in milliseconds. */
const READY_MS = 10_000;

const it = testWithNeighbour("share", { operator: { gitTimeouts: { list: "1h", push: "1h" } } });

it.beforeAll(async ({ env }) => {
  await Promise.all(["beside", "quick", "held", "good"].map((name) => env.git.createRepository(name)));
});

/** Registers Repositories whose remote accepts connections and never answers. Returns their names. */
async function applySilent(tenant: Tenant, { port }: UnresponsiveServer, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, at) => `silent-${at}`);
  const urlOf = (name: string) => `http://127.0.0.1:${port}/${name}.git`;
  await Promise.all(names.map((name) => tenant.applyRepository(name, {}, { url: urlOf(name) })));
  return names;
}

/** The Ready conditions' reasons that these Repositories have. */
async function reasonsOf(tenant: Tenant, names: readonly string[]): Promise<readonly string[]> {
  const all = await Promise.all(names.map((name) => tenant.repository(name)));
  return all.flatMap((one) => readyReason(one) ?? []);
}

describe("a namespace whose remotes never answer", () => {
  it("reads another Repository of its own within seconds, and hurts nobody", async ({ hostile, neighbour }) => {
    const silence = await startUnresponsiveServer();
    try {
      await neighbour.isUnhurtBy(async ({ hasPublished }) => {
        const names = await applySilent(hostile, silence, 20);
        await waitUntil("the workers wait for a response", () => silence.waiting() >= 8);
        const started = performance.now();
        await hostile.register("beside");
        expect(performance.now() - started).toBeLessThan(READY_MS);
        await waitUntil("the neighbour has published", hasPublished);
        expect(await reasonsOf(hostile, names)).toEqual([]);
        await Promise.all(names.map((name) => hostile.deleteRepository(name)));
      });
    } finally {
      await silence.close();
    }
  });

  it("leaves workers for the Repositories and packages of another namespace", async ({ env, hostile, neighbour }) => {
    const silence = await startUnresponsiveServer();
    try {
      await neighbour.isUnhurtBy(async ({ hasPublished }) => {
        const names = await applySilent(hostile, silence, SILENT);
        await waitUntil("the namespace's share waits for a response", () => silence.waiting() >= WAITED_FOR);
        await env.register("quick");
        await waitUntil("the neighbour has published", hasPublished);
        expect(await reasonsOf(hostile, names)).toEqual([]);
        expect(silence.waiting()).toBe(WAITED_FOR);
        await Promise.all(names.map((name) => hostile.deleteRepository(name)));
      });
    } finally {
      await silence.close();
    }
  });
});

describe("a repository whose pushes hang", () => {
  it("leaves workers for the packages of another repository in its namespace", async ({ env, packages }) => {
    await Promise.all(["held", "good"].map((name) => env.register(name)));
    const push = await holdNextPush(env.git, "held", "before");
    const ids = Array.from({ length: HELD }, (_, at) => ({
      repository: "held",
      package: `p${at}`,
      workspace: "one",
    }));
    const names = await Promise.all(ids.map((id) => packages.create(id)));
    await push.reached();
    await packages.createPublished({ repository: "good", package: "web", workspace: "one" }, { "a.yaml": "a: 1\n" });
    const held = await Promise.all(names.map((name) => packages.get(name)));
    expect(held.filter((one) => one.status?.lifecycle !== undefined)).toEqual([]);
    await push.release();
    await Promise.all(names.map((name) => packages.waitForReason(name, "Draft")));
  });
});
