import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { leases } from "../../api/resources.ts";
import { isOwn, type Membership, nextShardView, type ShardView } from "../../core/sharding/membership.ts";
import { connect, createNamespace, namespaces, testCluster } from "../../kube/testing/cluster.ts";
import { startTcpProxy } from "../../kube/testing/tcp-proxy.ts";
import { ReplicaLease, type ReplicaLeaseOptions } from "./lease.ts";

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
  /** The calls of `onLost`. */
  readonly losses: string[];
  readonly membership: () => Membership | undefined;
  readonly owns: () => readonly string[];
}

/** A replica that settles at once in each epoch, unless `busy`. */
function replica(identity: string, options: Partial<ReplicaLeaseOptions> & { readonly busy?: boolean } = {}): Replica {
  const { busy = false, ...rest } = options;
  const losses: string[] = [];
  let view: ShardView | undefined;
  let membership: Membership | undefined;
  const lease = new ReplicaLease({
    client,
    namespace: ns,
    name: `lease-${count}`,
    identity,
    ...fast,
    onMembership: (next) => {
      membership = next;
      view = nextShardView(view, next);
      if (!busy) queueMicrotask(() => lease.settled(next.epoch));
    },
    onLost: () => losses.push(`${identity} lost`),
    ...rest,
  });
  started.push(lease);
  void lease.start();
  const owns = () => (lease.isMember ? KEYS.filter((key) => isOwn(view, identity, key)) : []);
  return { lease, losses, membership: () => membership, owns };
}

const key = () => ({ namespace: ns, name: `lease-${count}` });
const readSpec = async () => (await client.get(leases, key())).spec;
const membersOf = (one: Replica) => Object.keys(one.membership()?.members ?? {});

describe("ReplicaLease on an API server", () => {
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

  it("gives each shard to exactly one replica", async () => {
    const all = ["a", "b", "c"].map((identity) => replica(identity, long));
    await vi.waitFor(() => {
      const owned = all.map((one) => one.owns());
      expect(owned.flat().sort()).toEqual([...KEYS].sort());
      expect(owned.every((keys) => keys.length > 0)).toBe(true);
    }, patience);
    expect(await readSpec()).toMatchObject({ leaseDurationSeconds: 60, leaseTransitions: 0 });
    expect(membersOf(all[0] as Replica)).toContain((await readSpec())?.holderIdentity);
  });

  it("does not start on shards that another replica drains", async () => {
    const first = replica("first", { ...long, busy: true });
    await vi.waitFor(() => expect(first.owns()).toEqual(KEYS), patience);
    const second = replica("second", long);
    await vi.waitFor(() => expect(first.membership()?.draining).toEqual(["first"]), patience);
    const kept = first.owns();
    await vi.waitFor(() => expect(second.membership()?.members.second).toBeGreaterThan(5), patience);
    expect(second.owns()).toEqual([]);
    expect(kept.length).toBeLessThan(KEYS.length);

    first.lease.settled(first.membership()?.epoch ?? 0);
    await vi.waitFor(() => expect([...kept, ...second.owns()].sort()).toEqual([...KEYS].sort()), patience);
  });

  it("moves all shards at once when a replica leaves", async () => {
    const first = replica("first", long);
    await vi.waitFor(() => expect(first.owns()).toEqual(KEYS), patience);
    const second = replica("second", long);
    await vi.waitFor(() => expect(second.owns().length).toBeGreaterThan(0), patience);
    await first.lease.stop();
    expect(first.lease.isMember).toBe(false);
    await vi.waitFor(() => expect(second.owns()).toEqual(KEYS), patience);
    expect(await readSpec()).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
    expect(first.losses).toEqual([]);
  });

  it("moves the shards of a disconnected replica after that replica has noticed", async () => {
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
    [
      "a silent replica",
      { annotations: { "pkgserver.dev/replicas": '{"epoch":7,"members":{"crashed":3},"settling":[]}' } },
    ],
    ["a silent operator without sharding", {}],
    [
      "a holder whose annotation cannot be parsed",
      { annotations: { "pkgserver.dev/replicas": '{"epoch":"x","members":[null]}' } },
    ],
  ])("waits for the lease's duration, on its own clock, before it replaces %s", async (_, metadata) => {
    const past = new Date(0).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity: "crashed", leaseDurationSeconds: 4, renewTime: past, acquireTime: past };
    await client.create(leases, { metadata: { ...key(), ...metadata }, spec });
    const began = performance.now();
    const heir = replica("heir");
    await vi.waitFor(() => expect(heir.owns()).toEqual(KEYS), patience);
    expect(performance.now() - began).toBeGreaterThanOrEqual(4_000);
  });

  it("takes its own place after a restart under the same identity", async () => {
    const annotations = { "pkgserver.dev/replicas": '{"epoch":7,"members":{"pod-1":3},"settling":["pod-1"]}' };
    await client.create(leases, { metadata: { ...key(), annotations }, spec: { holderIdentity: "pod-1" } });
    const again = replica("pod-1", long);
    await vi.waitFor(() => expect(again.owns()).toEqual(KEYS), patience);
    expect(again.membership()?.epoch).toBe(7);
  });

  it("is lost at once when the others have removed it", async () => {
    const robbed = replica("robbed", long);
    await vi.waitFor(() => expect(robbed.owns()).toEqual(KEYS), patience);
    const annotations = { "pkgserver.dev/replicas": '{"epoch":9,"members":{"thief":1},"settling":[]}' };
    await client.patch(leases, key(), { kind: "merge", body: { metadata: { annotations } } });
    await vi.waitFor(() => expect(robbed.losses).toEqual(["robbed lost"]), patience);
    expect(robbed.owns()).toEqual([]);
    await robbed.lease.stop();
    expect((await client.get(leases, key())).metadata.annotations).toMatchObject(annotations);
  });

  it("is lost when an etcd restore brings back an earlier Lease", async () => {
    const first = replica("first", long);
    await vi.waitFor(() => expect(first.owns()).toEqual(KEYS), patience);
    const backup = (await client.get(leases, key())).metadata.annotations ?? {};
    const second = replica("second", long);
    await vi.waitFor(() => expect(second.owns().length).toBeGreaterThan(0), patience);
    await second.lease.stop();
    await vi.waitFor(() => expect(first.membership()?.epoch).toBe(3), patience);
    await client.patch(leases, key(), { kind: "merge", body: { metadata: { annotations: backup } } });
    await vi.waitFor(() => expect(first.losses).toEqual(["first lost"]), patience);
  });

  it("recreates a deleted Lease with the same members", async () => {
    const both = [replica("a", long), replica("b", long)] as const;
    await vi.waitFor(() => expect(both.every((one) => one.owns().length > 0)).toBe(true), patience);
    await vi.waitFor(() => expect(both.flatMap((one) => one.owns()).length).toBe(KEYS.length), patience);
    const before = both.map((one) => one.owns());
    await client.delete(leases, key());
    await vi.waitFor(async () => expect((await readSpec())?.holderIdentity).toMatch(/^[ab]$/), patience);
    const beats = both.map((one) => one.membership()?.members);
    await vi.waitFor(
      () => expect(both.every((one, at) => one.membership()?.members !== beats[at])).toBe(true),
      patience,
    );
    expect(both.map((one) => one.owns())).toEqual(before);
    expect(both.flatMap((one) => one.losses)).toEqual([]);
  });

  it("refuses durations with which two replicas could own one shard", () => {
    const options = { client, namespace: ns, name: "x", identity: "x", onMembership: () => {} };
    expect(() => new ReplicaLease({ ...options, ...fast, renewDeadlineMs: 5_000 })).toThrow("renew deadline");
  });
});
