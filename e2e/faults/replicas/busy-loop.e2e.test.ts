import { describe, expect } from "vitest";
import { type Inspector, openInspector } from "../../harness/inspector.ts";
import { isRunning } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { testWithIsolatedEnv } from "../../testenv/fixtures.ts";
import { readHealth } from "../../testenv/health.ts";
import { readMembership, startReplica, waitForReplicas } from "../../testenv/replicas.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const LEASE_SECONDS = 6;
/** More than three times the Lease's duration. */
const BUSY_SECONDS = 20;
const REPOSITORY = "plain";

const it = testWithIsolatedEnv("busy", { operator: { leaseDuration: `${LEASE_SECONDS}s` } });

/**
 * Blocks the operator's event loop with so much work: by CPU time, as the operator counts it, which takes longer where
 * others use the CPUs. Resolves when it is free again.
 */
async function block(inspector: Inspector, seconds: number): Promise<void> {
  const expression = `{
    const busy = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1_000_000; };
    for (const end = busy() + ${seconds}; busy() < end; );
  }`;
  await inspector.send("Runtime.evaluate", { expression });
}

/** The counts of the members' reports. */
const countOf = async (env: TestEnv) => {
  const { members } = await readMembership(env);
  const [[id, count] = ["", 0]] = Object.entries(members);
  return { id, count, members: Object.keys(members) };
};

const busySeconds = async (env: TestEnv) => {
  const text = await (await fetch(`${env.operator.url}/metrics`)).text();
  return Number(/^pkgserver_event_loop_delay_seconds_sum (\S+)$/m.exec(text)?.[1]);
};

describe("an operator whose event loop stands still for longer than its Lease lasts", () => {
  it("keeps the Lease, reports it at once, and goes on", async ({ env, packages }) => {
    await env.git.createRepository(REPOSITORY);
    await env.register(REPOSITORY);
    const inspector = await openInspector(env.operator);
    const { pid } = env.operator.ref;
    const before = await countOf(env);
    const [started, delay] = [performance.now(), await busySeconds(env)];
    let isFree = false;
    const blocked = block(inspector, BUSY_SECONDS).then(() => {
      isFree = true;
    });
    const warning = await waitUntil("the log says so, while the loop is blocked", async () =>
      (await env.operator.log()).find((line) => String(line.msg).startsWith("the event loop stands still")),
    );
    expect(warning).toMatchObject({ level: "warn", seconds: expect.any(Number) });
    expect(isFree).toBe(false);
    // Twice the Lease's duration: without reports it would have expired.
    await waitUntil("the Lease is renewed meanwhile", async () => await countOf(env), {
      until: ({ count }) => count >= before.count + 2 * (LEASE_SECONDS / 2),
    });
    await blocked;
    expect((performance.now() - started) / 1000).toBeGreaterThanOrEqual(BUSY_SECONDS);
    const health = await readHealth(env);
    expect([health.alive, health.ready]).toEqual([200, 503]);
    expect(health.text).toMatch(/^\[-\]event-loop failed: it was busy for 1\d\.\d s|2\d\.\d s/m);
    expect((await busySeconds(env)) - delay).toBeGreaterThan(BUSY_SECONDS - 1);

    await packages.createPublished(
      { repository: REPOSITORY, package: "after", workspace: "one" },
      { "a.yaml": "a: 1\n" },
    );
    expect([env.operator.ref.pid, isRunning(env.operator.ref)]).toEqual([pid, true]);
    expect(await countOf(env)).toMatchObject({ id: before.id, members: before.members });
    expect((await env.operator.log()).filter((line) => line.msg === "sharing the work")).toHaveLength(1);
    await waitUntil("it is ready again", async () => (await readHealth(env)).ready === 200);
    inspector.close();
  });

  it("hands its shards over to a replica that joins meanwhile only when it goes on", async ({ env, packages }) => {
    await env.git.createRepository(REPOSITORY);
    await env.register(REPOSITORY);
    const inspector = await openInspector(env.operator);
    const blocked = block(inspector, BUSY_SECONDS);
    const joined = startReplica(env);
    await waitUntil("the other replica waits for the blocked one", async () => await readMembership(env), {
      until: ({ members, draining }) => Object.keys(members).length === 2 && draining.length > 0,
    });
    const second = await joined;
    const [{ members }, isStarted] = [await readMembership(env), () => isRunning(env.operator.ref)];
    expect([Object.keys(members).length, isStarted()]).toEqual([2, true]);
    await blocked;
    await waitForReplicas(env, [env.operator, second]);
    await packages.createPublished(
      { repository: REPOSITORY, package: "after", workspace: "one" },
      { "a.yaml": "a: 1\n" },
    );
    expect([env.operator, second].map(({ ref }) => isRunning(ref))).toEqual([true, true]);
    await second.stop();
    inspector.close();
  });

  it("ends before another replica takes over if the Lease cannot be renewed either", async ({ env }) => {
    const inspector = await openInspector(env.operator);
    // Killed meanwhile, it never answers.
    void block(inspector, 10 * BUSY_SECONDS);
    await env.as("admin")("annotate", "--overwrite", "lease", "pkgserver", REMOVED);
    await waitUntil("the operator ends itself", () => !isRunning(env.operator.ref));
    inspector.close();
    await env.restartOperator("kill");
  });
});

/** Another member alone, as if the others had given this one up. */
const REMOVED = 'pkgserver.dev/replicas={"epoch":9,"members":{"thief":1},"settling":[]}';
