import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { isOwn, type Membership, nextShardView, type ShardView } from "../../core/sharding/membership.ts";
import { connect, createNamespace, namespaces, testCluster } from "../../kube/testing/cluster.ts";
import { startTcpProxy } from "../../kube/testing/tcp-proxy.ts";
import { leases, ReplicaLease, type ReplicaLeaseOptions } from "./lease.ts";

const client = connect();
const started: ReplicaLease[] = [];
const fast = { leaseDurationMs: 3_000, renewDeadlineMs: 1_500, retryPeriodMs: 100 };
const long = { leaseDurationMs: 60_000, renewDeadlineMs: 30_000, retryPeriodMs: 100 };
const KEYS = Array.from({ length: 20 }, (_, index) => `key-${index}`);
const patience = { timeout: 30_000 };
let ns: string;
let count = 0;

interface Replica {
  readonly lease: ReplicaLease;
  /** What happened, in order. */
  readonly said: string[];
  readonly seen: () => Membership | undefined;
  readonly owns: () => readonly string[];
}

/** A replica that has settled as soon as it is told to, unless `busy`. */
function replica(identity: string, options: Partial<ReplicaLeaseOptions> & { readonly busy?: boolean } = {}): Replica {
  const { busy = false, ...rest } = options;
  const said: string[] = [];
  let share: ShardView | undefined;
  let seen: Membership | undefined;
  const lease = new ReplicaLease({
    client,
    namespace: ns,
    name: `lease-${count}`,
    identity,
    ...fast,
    onMembership: (membership) => {
      seen = membership;
      share = nextShardView(share, membership);
      if (!busy) queueMicrotask(() => lease.settled(membership.epoch));
    },
    onLost: () => said.push(`${identity} lost`),
    ...rest,
  });
  started.push(lease);
  void lease.start();
  const owns = () => (lease.isMember ? KEYS.filter((key) => isOwn(share, identity, key)) : []);
  return { lease, said, seen: () => seen, owns };
}

const key = () => ({ namespace: ns, name: `lease-${count}` });
const readSpec = async () => (await client.get(leases, key())).spec;
const membersOf = (one: Replica) => Object.keys(one.seen()?.members ?? {});

describe("kube/replica-lease", () => {
  beforeAll(async () => {
    ns = await createNamespace(client);
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.stop()));
    count += 1;
  });
  afterAll(async () => {
    await client.delete(namespaces, { name: ns });
    await client.close();
  });

  it("shares the work among all that come, each part with one of them", async () => {
    const all = ["a", "b", "c"].map((identity) => replica(identity, long));
    await vi.waitFor(() => {
      const owned = all.map((one) => one.owns());
      expect(owned.flat().sort()).toEqual([...KEYS].sort());
      expect(owned.every((keys) => keys.length > 0)).toBe(true);
    }, patience);
    expect(await readSpec()).toMatchObject({ leaseDurationSeconds: 60, leaseTransitions: 0 });
    expect(membersOf(all[0] as Replica)).toContain((await readSpec())?.holderIdentity);
  });

  it("keeps back what another has still to let go of", async () => {
    const first = replica("first", { ...long, busy: true });
    await vi.waitFor(() => expect(first.owns()).toEqual(KEYS), patience);
    const second = replica("second", long);
    await vi.waitFor(() => expect(first.seen()?.draining).toEqual(["first"]), patience);
    const kept = first.owns();
    await vi.waitFor(() => expect(second.seen()?.members.second).toBeGreaterThan(5), patience);
    expect(second.owns()).toEqual([]);
    expect(kept.length).toBeLessThan(KEYS.length);

    first.lease.settled(first.seen()?.epoch ?? 0);
    await vi.waitFor(() => expect([...kept, ...second.owns()].sort()).toEqual([...KEYS].sort()), patience);
  });

  it("hands everything over at once when one stops", async () => {
    const first = replica("first", long);
    await vi.waitFor(() => expect(first.owns()).toEqual(KEYS), patience);
    const second = replica("second", long);
    await vi.waitFor(() => expect(second.owns().length).toBeGreaterThan(0), patience);
    await first.lease.stop();
    expect(first.lease.isMember).toBe(false);
    await vi.waitFor(() => expect(second.owns()).toEqual(KEYS), patience);
    expect(await readSpec()).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
    expect(first.said).toEqual([]);
  });

  it("gives the work of one that is cut off to the others, after that one has stopped", async () => {
    const cluster = testCluster();
    const proxy = await startTcpProxy(cluster.server);
    const wired = connect({ cluster: { ...cluster, server: proxy.url } });
    const order: string[] = [];
    const old = replica("old", { client: wired, onLost: () => order.push("old lost") });
    await vi.waitFor(() => expect(old.owns()).toEqual(KEYS), patience);
    const next = replica("next");
    await vi.waitFor(() => expect(next.owns().length).toBeGreaterThan(0), patience);
    await proxy.cut();
    await vi.waitFor(() => {
      if (next.owns().length === KEYS.length && order.length < 2) order.push("next has all");
      expect(order).toEqual(["old lost", "next has all"]);
    }, patience);
    expect(old.lease.isMember).toBe(false);
    await wired.close();
  });

  it.each([
    ["a replica", { annotations: { "pkgserver.dev/replicas": '{"epoch":7,"members":{"crashed":3},"settling":[]}' } }],
    ["an operator that leads alone", {}],
    ["somebody who wrote nonsense", { annotations: { "pkgserver.dev/replicas": '{"epoch":"x","members":[null]}' } }],
  ])(
    "waits out %s of which nothing is heard, by its own clock, whatever the times in the Lease",
    async (_, metadata) => {
      const past = new Date(0).toISOString().replace("Z", "000Z");
      const spec = { holderIdentity: "crashed", leaseDurationSeconds: 4, renewTime: past, acquireTime: past };
      await client.create(leases, { metadata: { ...key(), ...metadata }, spec });
      const began = performance.now();
      const heir = replica("heir");
      await vi.waitFor(() => expect(heir.owns()).toEqual(KEYS), patience);
      expect(performance.now() - began).toBeGreaterThanOrEqual(4_000);
    },
  );

  it("goes on in its place when it comes again under its old name", async () => {
    const annotations = { "pkgserver.dev/replicas": '{"epoch":7,"members":{"pod-1":3},"settling":["pod-1"]}' };
    await client.create(leases, { metadata: { ...key(), annotations }, spec: { holderIdentity: "pod-1" } });
    const again = replica("pod-1", long);
    await vi.waitFor(() => expect(again.owns()).toEqual(KEYS), patience);
    expect(again.seen()?.epoch).toBe(7);
  });

  it("is lost at once when the others have given it up", async () => {
    const robbed = replica("robbed", long);
    await vi.waitFor(() => expect(robbed.owns()).toEqual(KEYS), patience);
    const annotations = { "pkgserver.dev/replicas": '{"epoch":9,"members":{"thief":1},"settling":[]}' };
    await client.patch(leases, key(), { kind: "merge", body: { metadata: { annotations } } });
    await vi.waitFor(() => expect(robbed.said).toEqual(["robbed lost"]), patience);
    expect(robbed.owns()).toEqual([]);
    await robbed.lease.stop();
    expect((await client.get(leases, key())).metadata.annotations).toMatchObject(annotations);
  });

  it("is lost when the Lease goes back to what it was, as with a backup of etcd", async () => {
    const first = replica("first", long);
    await vi.waitFor(() => expect(first.owns()).toEqual(KEYS), patience);
    const backup = (await client.get(leases, key())).metadata.annotations ?? {};
    const second = replica("second", long);
    await vi.waitFor(() => expect(second.owns().length).toBeGreaterThan(0), patience);
    await second.lease.stop();
    await vi.waitFor(() => expect(first.seen()?.epoch).toBe(3), patience);
    await client.patch(leases, key(), { kind: "merge", body: { metadata: { annotations: backup } } });
    await vi.waitFor(() => expect(first.said).toEqual(["first lost"]), patience);
  });

  it("makes a Lease that somebody deleted again as it was", async () => {
    const both = [replica("a", long), replica("b", long)] as const;
    await vi.waitFor(() => expect(both.every((one) => one.owns().length > 0)).toBe(true), patience);
    await vi.waitFor(() => expect(both.flatMap((one) => one.owns()).length).toBe(KEYS.length), patience);
    const before = both.map((one) => one.owns());
    await client.delete(leases, key());
    await vi.waitFor(async () => expect((await readSpec())?.holderIdentity).toMatch(/^[ab]$/), patience);
    const beats = both.map((one) => one.seen()?.members);
    await vi.waitFor(() => expect(both.every((one, at) => one.seen()?.members !== beats[at])).toBe(true), patience);
    expect(both.map((one) => one.owns())).toEqual(before);
    expect(both.flatMap((one) => one.said)).toEqual([]);
  });

  it("refuses times that would let two work on the same", () => {
    const options = { client, namespace: ns, name: "x", identity: "x", onMembership: () => {} };
    expect(() => new ReplicaLease({ ...options, ...fast, renewDeadlineMs: 5_000 })).toThrow("renew deadline");
  });
});
