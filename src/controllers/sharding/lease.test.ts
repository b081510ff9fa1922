import { afterEach, describe, expect, it } from "vitest";
import type { Membership } from "../../core/sharding/membership.ts";
import { ReplicaLease, type ReplicaLeaseOptions } from "./lease.ts";
import { ANNOTATION_REPLICAS } from "./lease-object.ts";
import { LeaseServer } from "./testing/lease-server.ts";
import { VirtualClock } from "./testing/virtual-clock.ts";

const DURATION_MS = 15_000;
const DEADLINE_MS = 10_000;
/** Between two reports at most, with the jitter of these tests. */
const PERIOD_MS = 2_000;

interface Replica {
  readonly lease: ReplicaLease;
  readonly clock: VirtualClock;
  /** The last membership that it was part of. */
  readonly membership: () => Membership | undefined;
  /** On its own clock. */
  readonly lostAt: () => number | undefined;
}

describe("ReplicaLease", () => {
  const started: Replica[] = [];
  afterEach(async () => {
    for (const { lease, clock } of started.splice(0)) {
      const stopped = lease.stop();
      await clock.advance(1);
      await stopped;
    }
  });

  async function start(
    server: LeaseServer,
    identity: string,
    options: Partial<ReplicaLeaseOptions> = {},
  ): Promise<Replica> {
    const clock = new VirtualClock();
    let [membership, lostAt]: [Membership | undefined, number | undefined] = [undefined, undefined];
    const lease = new ReplicaLease({
      client: server.client,
      namespace: "pkgserver-system",
      name: "pkgserver",
      identity,
      leaseDurationMs: DURATION_MS,
      renewDeadlineMs: DEADLINE_MS,
      retryPeriodMs: PERIOD_MS,
      random: () => 0,
      clock,
      onMembership: (seen) => {
        membership = seen;
      },
      onLost: () => {
        lostAt = clock.now();
      },
      ...options,
    });
    const replica = { lease, clock, membership: () => membership, lostAt: () => lostAt };
    started.push(replica);
    void lease.start();
    await clock.advance(1);
    return replica;
  }

  const membersOf = ({ membership }: Replica) => Object.keys(membership()?.members ?? {});

  it("gives up a silent replica after the lease's duration: not earlier, and at the next report", async () => {
    const server = new LeaseServer();
    await start(server, "a");
    const b = await start(server, "b");
    // The clock of a stands still: it reports no more.
    await b.clock.advance(DURATION_MS - PERIOD_MS);
    expect(membersOf(b)).toEqual(["a", "b"]);
    await b.clock.advance(2 * PERIOD_MS);
    expect(membersOf(b)).toEqual(["b"]);
  });

  it("waits as long as the longest lease that a member may go by", async () => {
    const server = new LeaseServer();
    await start(server, "a", { leaseDurationMs: 60_000, renewDeadlineMs: 40_000 });
    const b = await start(server, "b");
    await b.clock.advance(60_000 - PERIOD_MS);
    expect(membersOf(b)).toEqual(["a", "b"]);
    await b.clock.advance(2 * PERIOD_MS);
    expect(membersOf(b)).toEqual(["b"]);
  });

  it("keeps a replica that reports", async () => {
    const server = new LeaseServer();
    const [a, b] = [await start(server, "a"), await start(server, "b")];
    for (let step = 0; step < 30; step++) {
      await a.clock.advance(PERIOD_MS);
      await b.clock.advance(PERIOD_MS);
    }
    expect([membersOf(a), membersOf(b)]).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  it("ends a replica that cannot report, before another one may take over", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    server.isDown = true;
    await a.clock.advance(DEADLINE_MS - 200);
    expect([a.lease.isMember, a.lostAt()]).toEqual([true, undefined]);
    await a.clock.advance(DURATION_MS - DEADLINE_MS);
    expect(a.lease.isMember).toBe(false);
    expect(a.lostAt()).toBeLessThanOrEqual(DEADLINE_MS + 200);
  });

  it("counts from the beginning of a report, however long the API server takes for it", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    server.onWrite = () => {
      server.onWrite = () => {};
      a.clock.skip(4_000);
    };
    await a.clock.advance(PERIOD_MS);
    server.isDown = true;
    await a.clock.advance(DEADLINE_MS - 4_000 - 200);
    expect(a.lease.isMember).toBe(true);
    await a.clock.advance(400);
    expect(a.lease.isMember).toBe(false);
  });

  it("reports again at once after another replica was faster, a few times", async () => {
    const server = new LeaseServer();
    server.refuseWrites(4);
    expect(membersOf(await start(server, "a"))).toEqual(["a"]);
    server.refuseWrites(5);
    const b = await start(server, "b");
    expect(membersOf(b)).toEqual([]);
    await b.clock.advance(PERIOD_MS);
    expect(membersOf(b)).toEqual(["a", "b"]);
  });

  it("survives an API server that is down for less than the deadline", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    server.isDown = true;
    await a.clock.advance(DEADLINE_MS - 2 * PERIOD_MS);
    server.isDown = false;
    await a.clock.advance(DURATION_MS);
    expect([a.lease.isMember, a.lostAt()]).toEqual([true, undefined]);
  });

  it("ends a replica that the others gave up", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    const b = await start(server, "b");
    await b.clock.advance(DURATION_MS + 2 * PERIOD_MS);
    expect(membersOf(b)).toEqual(["b"]);
    await a.clock.advance(PERIOD_MS);
    expect([a.lease.isMember, a.lostAt()]).toEqual([false, expect.any(Number)]);
  });

  it("ends a replica that finds an older epoch, as after a restore of etcd", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    const old = server.lease;
    const b = await start(server, "b");
    await a.clock.advance(PERIOD_MS);
    expect(a.membership()?.epoch).toBe(2);
    if (old !== undefined) server.store(old);
    await a.clock.advance(PERIOD_MS);
    expect(a.lease.isMember).toBe(false);
    expect(membersOf(b)).toEqual(["a", "b"]);
  });

  it("reports at once that it has settled, and only for the epoch that it settled in", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    const b = await start(server, "b");
    await a.clock.advance(PERIOD_MS);
    const epoch = a.membership()?.epoch ?? 0;
    expect(a.membership()?.draining).toEqual(["a"]);
    a.lease.settled(epoch - 1);
    await a.clock.advance(PERIOD_MS);
    expect(a.membership()?.draining).toEqual(["a"]);
    a.lease.settled(epoch);
    // A rebalance of an older epoch that ends late.
    a.lease.settled(epoch - 1);
    await a.clock.advance(1);
    expect(a.membership()?.draining).toEqual([]);
    await b.clock.advance(PERIOD_MS);
    expect(b.membership()?.draining).toEqual([]);
  });

  it("leaves when it is stopped, so that the others need not wait", async () => {
    const server = new LeaseServer();
    const [a, b] = [await start(server, "a"), await start(server, "b")];
    const stopped = a.lease.stop();
    await a.clock.advance(1);
    await stopped;
    await b.clock.advance(PERIOD_MS);
    expect(membersOf(b)).toEqual(["b"]);
  });

  it("leaves an expired Lease when the last replica stops", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15 });
    const stopped = a.lease.stop();
    await a.clock.advance(1);
    await stopped;
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
  });

  it("waits for an operator of an earlier version, which leads alone, until its Lease has expired", async () => {
    const server = new LeaseServer();
    server.store({
      metadata: { namespace: "pkgserver-system", name: "pkgserver" },
      spec: { holderIdentity: "old", leaseDurationSeconds: 20, renewTime: "2026-01-01T00:00:00.000000Z" },
    });
    const a = await start(server, "a");
    await a.clock.advance(20_000 - PERIOD_MS);
    expect([a.lease.isMember, server.lease?.metadata.annotations?.[ANNOTATION_REPLICAS]]).toEqual([false, undefined]);
    await a.clock.advance(2 * PERIOD_MS);
    expect(membersOf(a)).toEqual(["a"]);
  });

  it("creates a deleted Lease again with the members that it had", async () => {
    const server = new LeaseServer();
    const [a, b] = [await start(server, "a"), await start(server, "b")];
    await a.clock.advance(PERIOD_MS);
    server.lease = undefined;
    await a.clock.advance(PERIOD_MS);
    await b.clock.advance(PERIOD_MS);
    expect([membersOf(a), membersOf(b)]).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    expect([a.lostAt(), b.lostAt()]).toEqual([undefined, undefined]);
  });

  it("refuses times with which a replica could work on after another one has taken over", () => {
    const create = (options: Partial<ReplicaLeaseOptions>) =>
      new ReplicaLease({
        client: new LeaseServer().client,
        namespace: "n",
        name: "l",
        identity: "a",
        onMembership: () => {},
        ...options,
      });
    expect(() => create({ leaseDurationMs: 10_000, renewDeadlineMs: 10_000 })).toThrow("renew deadline < lease");
    expect(() => create({ renewDeadlineMs: 2_000, retryPeriodMs: 2_000 })).toThrow("retry period < renew deadline");
  });
});
