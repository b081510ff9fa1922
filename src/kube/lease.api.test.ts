import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LeaderElector, type LeaderElectorOptions, leases } from "./lease.ts";
import { connect, createNamespace, namespaces, testCluster } from "./testing/cluster.ts";
import { startWire } from "./testing/wire.ts";

const client = connect();
const candidates: LeaderElector[] = [];
const fast = { leaseDurationMs: 3_000, renewDeadlineMs: 1_500, retryPeriodMs: 100 };
let ns: string;
let count = 0;

function candidate(identity: string, options: Partial<LeaderElectorOptions> = {}) {
  const said: string[] = [];
  const elector = new LeaderElector({
    client,
    namespace: ns,
    name: `lease-${count}`,
    identity,
    ...fast,
    onAcquired: () => said.push("acquired"),
    onLost: () => said.push("lost"),
    ...options,
  });
  candidates.push(elector);
  elector.start();
  return { elector, said };
}

const readLease = async () => await client.get(leases, { namespace: ns, name: `lease-${count}` });

describe("kube/lease", () => {
  beforeAll(async () => {
    ns = await createNamespace(client);
  });
  afterEach(async () => {
    await Promise.all(candidates.splice(0).map((one) => one.stop()));
    count += 1;
  });
  afterAll(async () => {
    await client.delete(namespaces, { name: ns });
    await client.close();
  });

  it("makes one of several candidates the leader, and renews", async () => {
    const all = ["a", "b", "c"].map((identity) => candidate(identity));
    const leaders = () => all.filter(({ elector }) => elector.isLeader);
    await vi.waitFor(() => expect(leaders()).toHaveLength(1), { timeout: 10_000 });
    const { spec } = await readLease();
    expect(spec).toMatchObject({ leaseDurationSeconds: 3, leaseTransitions: 0 });
    await vi.waitFor(async () => expect((await readLease()).spec?.renewTime).not.toBe(spec?.renewTime), {
      timeout: 10_000,
    });
    expect(leaders()).toHaveLength(1);
    await vi.waitFor(
      () => expect(new Set(all.map(({ elector }) => elector.holder))).toEqual(new Set([spec?.holderIdentity])),
      {
        timeout: 10_000,
      },
    );
  });

  it("hands over at once when the leader stops", async () => {
    // Without being given up, the Lease would be good for a minute.
    const long = { leaseDurationMs: 60_000, renewDeadlineMs: 30_000 };
    const first = candidate("first", long);
    await vi.waitFor(() => expect(first.elector.isLeader).toBe(true), { timeout: 10_000 });
    const second = candidate("second", long);
    await vi.waitFor(() => expect(second.elector.holder).toBe("first"), { timeout: 10_000 });
    await first.elector.stop();
    expect(first.elector.isLeader).toBe(false);
    await vi.waitFor(() => expect(second.said).toEqual(["acquired"]), { timeout: 20_000 });
    expect((await readLease()).spec).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
    expect(first.said).toEqual(["acquired"]);
  });

  it("takes over from a leader that is cut off, after that one has stopped leading", async () => {
    const cluster = testCluster();
    const wire = await startWire(cluster.server);
    const wired = connect({ cluster: { ...cluster, server: wire.url } });
    const order: string[] = [];
    const old = candidate("old", { client: wired, onLost: () => order.push("old lost") });
    await vi.waitFor(() => expect(old.elector.isLeader).toBe(true), { timeout: 10_000 });
    const next = candidate("next", { onAcquired: () => order.push("next acquired") });
    await vi.waitFor(() => expect(next.elector.holder).toBe("old"), { timeout: 10_000 });
    await wire.cut();
    await vi.waitFor(() => expect(order).toEqual(["old lost", "next acquired"]), { timeout: 20_000 });
    expect(old.elector.isLeader).toBe(false);
    await wired.close();
  });

  it("waits out a lease by its own clock, whatever the times in it", async () => {
    const long = new Date(0).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: "crashed", leaseDurationSeconds: 1, renewTime: long, acquireTime: long };
    await client.create(leases, { metadata: { namespace: ns, name: `lease-${count}` }, spec });
    const started = performance.now();
    const { elector } = candidate("heir");
    await vi.waitFor(() => expect(elector.isLeader).toBe(true), { timeout: 10_000 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
  });

  it("is lost at once when somebody else holds it", async () => {
    const { elector, said } = candidate("robbed");
    await vi.waitFor(() => expect(elector.isLeader).toBe(true), { timeout: 10_000 });
    const key = { namespace: ns, name: `lease-${count}` };
    const started = performance.now();
    await client.patch(leases, key, { type: "merge", body: { spec: { holderIdentity: "thief" } } });
    await vi.waitFor(() => expect(said).toEqual(["acquired", "lost"]), { timeout: 10_000 });
    expect(performance.now() - started).toBeLessThan(fast.renewDeadlineMs);
    await elector.stop();
    expect((await readLease()).spec?.holderIdentity).toBe("thief");
  });

  it("refuses times that would allow two leaders", () => {
    const options = { client, namespace: ns, name: "x", identity: "x" };
    expect(() => new LeaderElector({ ...options, ...fast, renewDeadlineMs: 5_000 })).toThrow("renew deadline");
  });
});
