import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type Membership, nextShardView } from "../../core/sharding/membership.ts";
import { leaseChannel } from "./lease-channel.ts";
import { type LeaseConnection, LeaseMemory } from "./lease-messages.ts";
import { readMembership } from "./lease-object.ts";
import { LeaseThread } from "./lease-thread.ts";
import { serveLease } from "./serve-lease.ts";
import { LeaseServer } from "./testing/lease-server.ts";
import { VirtualClock } from "./testing/virtual-clock.ts";

const DURATION_MS = 15_000;
const DEADLINE_MS = 10_000;

interface Replica {
  readonly lease: LeaseThread;
  readonly clock: VirtualClock;
  readonly memory: LeaseMemory;
  /** The memberships that the main thread has read. */
  readonly read: Membership[];
  readonly errors: unknown[];
  /** On its own clock. */
  readonly lostAt: number[];
  readonly killedAt: number[];
  /** The main thread reads no message from now on, until `goOn`. */
  readonly block: () => void;
  readonly goOn: () => void;
  /** Time passes for the replica, and messages arrive. */
  readonly pass: (ms: number) => Promise<void>;
}

describe("LeaseThread", () => {
  const started: Replica[] = [];
  afterEach(async () => {
    for (const one of started.splice(0)) {
      one.goOn();
      const stopped = one.lease.stop();
      await one.pass(200);
      await stopped;
    }
  });

  async function start(server: LeaseServer, identity: string): Promise<Replica> {
    const [clock, memory] = [new VirtualClock(), new LeaseMemory()];
    clock.skip(1_000);
    const lists = {
      read: [] as Membership[],
      errors: [] as unknown[],
      lostAt: [] as number[],
      killedAt: [] as number[],
    };
    const waiting: (() => void)[] = [];
    let isBlocked = false;
    const connect = (): LeaseConnection => {
      const { main, thread } = leaseChannel();
      const settings = { namespace: "pkgserver-system", name: "pkgserver", identity, leaseDurationMs: DURATION_MS };
      const kill = () => void lists.killedAt.push(clock.now());
      serveLease({ ...settings, client: server.client, port: thread, memory, clock, kill });
      const onMessage: LeaseConnection["onMessage"] = (handler) =>
        main.onMessage((report) => (isBlocked ? void waiting.push(() => handler(report)) : handler(report)));
      return { ...main, onMessage };
    };
    const lease = new LeaseThread({
      connect,
      memory,
      now: clock.now,
      onMembership: (membership) => void lists.read.push(membership),
      onLost: () => void lists.lostAt.push(clock.now()),
      onError: (error) => void lists.errors.push(error),
      onApiCall: () => {},
    });
    const replica: Replica = {
      ...lists,
      lease,
      clock,
      memory,
      block: () => {
        isBlocked = true;
      },
      goOn: () => {
        isBlocked = false;
        for (const deliver of waiting.splice(0)) deliver();
      },
      pass: async (ms) => {
        await clock.advance(ms);
        for (let turn = 0; turn < 5; turn++) await setImmediate();
      },
    };
    started.push(replica);
    const member = lease.start();
    await replica.pass(1);
    await member;
    return replica;
  }

  const stored = (server: LeaseServer) => (server.lease === undefined ? undefined : readMembership(server.lease));

  it("keeps a replica a member whose main thread is blocked for ten times the Lease's duration", async () => {
    const server = new LeaseServer();
    const [a, b] = [await start(server, "a"), await start(server, "b")];
    await a.pass(3_000);
    a.block();
    const { length } = a.read;
    for (let step = 0; step < 10 * DURATION_MS; step += 1_000) {
      await a.pass(1_000);
      await b.pass(1_000);
      expect(a.lease.isMember).toBe(true);
    }
    expect(a.read).toHaveLength(length);
    expect(Object.keys(stored(server)?.members ?? {})).toEqual(["a", "b"]);
    expect([...a.lostAt, ...a.killedAt, ...b.lostAt]).toEqual([]);
    a.goOn();
    expect(a.read.length).toBeGreaterThan(length + 10);
  });

  it("lets no other replica start on shards of a main thread that is blocked", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    a.lease.settled(a.read.at(-1)?.epoch ?? 0);
    await a.pass(1);
    a.block();
    const b = await start(server, "b");
    const isActive = () =>
      b.read.reduce<ReturnType<typeof nextShardView> | undefined>(nextShardView, undefined)?.active;
    for (let step = 0; step < 3 * DURATION_MS; step += 1_000) {
      await a.pass(1_000);
      await b.pass(1_000);
      expect(stored(server)?.draining).toContain("a");
    }
    const before = isActive();
    a.goOn();
    a.lease.settled(a.read.at(-1)?.epoch ?? 0);
    await a.pass(3_000);
    await b.pass(3_000);
    expect(stored(server)?.draining).not.toContain("a");
    expect([before, isActive()]).toEqual([false, true]);
  });

  it("kills the process before others take over if it cannot report, though the main thread is blocked", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    a.block();
    server.isDown = true;
    const from = a.clock.now();
    await a.pass(DURATION_MS);
    expect(a.lostAt).toEqual([]);
    expect(a.killedAt).toHaveLength(1);
    expect((a.killedAt[0] ?? 0) - from).toBeGreaterThan(DEADLINE_MS - 3_000);
    expect((a.killedAt[0] ?? 0) - from).toBeLessThan(DURATION_MS);
    expect([a.lease.isMember, a.memory.memberUntil]).toEqual([false, undefined]);
  });

  it("tells a main thread that is not blocked that the Lease is lost, once, before the process is killed", async () => {
    const server = new LeaseServer();
    const [a, b] = [await start(server, "a"), await start(server, "b")];
    await b.pass(2 * DURATION_MS);
    expect(Object.keys(stored(server)?.members ?? {})).toEqual(["b"]);
    await a.pass(DURATION_MS);
    expect(a.lostAt).toHaveLength(1);
    expect(a.killedAt).toHaveLength(1);
    expect((a.killedAt[0] ?? 0) - (a.lostAt[0] ?? 0)).toBeGreaterThan(1_000);
  });

  it("is no member after the deadline, though no thread could run: the whole process was stopped", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    a.clock.skip(DEADLINE_MS - 1_000);
    expect(a.lease.isMember).toBe(true);
    a.clock.skip(1_000);
    expect(a.lease.isMember).toBe(false);
  });

  it("passes errors on, whatever their causes and properties are, and goes on", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    const odd = Object.assign(new TypeError("refused", { cause: () => {} }), { socket: new WeakMap() });
    server.onWrite = () => {
      server.onWrite = () => {};
      throw odd;
    };
    await a.pass(5_000);
    expect(a.errors).toMatchObject([{ name: "TypeError", message: "refused", stack: odd.stack }]);
    expect(a.lease.isMember).toBe(true);
  });

  it("leaves when it stops, and is no member afterwards", async () => {
    const server = new LeaseServer();
    const a = await start(server, "a");
    const stopped = a.lease.stop();
    await a.pass(1);
    await stopped;
    expect(stored(server)?.members).toEqual({});
    expect([a.lease.isMember, a.lostAt, a.killedAt]).toEqual([false, [], []]);
  });

  it("stops at once if it was never started", async () => {
    const connect = () => expect.unreachable();
    const never = { onMembership: connect, onLost: connect, onError: connect, onApiCall: connect };
    await new LeaseThread({ connect, memory: new LeaseMemory(), ...never }).stop();
  });
});
