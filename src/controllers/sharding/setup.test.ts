import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { aRepository } from "../../core/testing/observed.ts";
import { systemClock } from "../../kube/clock.ts";
import { createLog } from "../../runtime/log.ts";
import { monotonicMs } from "../../runtime/shared-clock.ts";
import type { InformerFactory } from "../shared/informers.ts";
import { leaseChannel } from "./lease-channel.ts";
import { LeaseMemory } from "./lease-messages.ts";
import { serveLease } from "./serve-lease.ts";
import { type Sharding, setupSharding } from "./setup.ts";
import { LeaseServer } from "./testing/lease-server.ts";

const LEASE_MS = 3_000;
const REPOSITORIES = Array.from({ length: 20 }, (_, index) =>
  aRepository({ git: { url: `https://git.example.com/${index}` } }, { name: `repository-${index}` }),
);
const byKey = new Map(REPOSITORIES.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
const informers = {
  forResource: () => ({ lister: { get: (key: string) => byKey.get(key), list: () => REPOSITORIES } }),
} as unknown as InformerFactory;

describe("setupSharding", () => {
  const started: Sharding[] = [];
  const stopping = new AbortController();
  afterEach(async () => {
    await Promise.all(started.splice(0).map(stop));
  });

  async function start(server: LeaseServer, identity: string, onLost?: () => void): Promise<Sharding> {
    const fail = (error: unknown) => {
      throw error;
    };
    const memory = new LeaseMemory();
    const settings = { identity, namespace: "pkgserver-system", name: "pkgserver", leaseDurationMs: LEASE_MS };
    const connect = () => {
      const { main, thread } = leaseChannel();
      const clock = { ...systemClock, now: monotonicMs };
      serveLease({ ...settings, client: server.client, port: thread, memory, clock, kill: () => {} });
      return main;
    };
    const sharding = setupSharding({
      connect,
      memory,
      informers,
      log: createLog({ level: "error" }),
      // A server that is down is no error of these tests.
      onError: (error) => server.isDown || fail(error),
      identity,
      onApiCall: () => {},
      onLost: onLost ?? (() => fail(new Error(`${identity} is no member any more`))),
    });
    started.push(sharding);
    await sharding.membership.start(stopping.signal);
    return sharding;
  }

  const stop = async ({ membership }: Sharding) => await membership.stop(stopping.signal);
  const owned = ({ ownership }: Sharding) => REPOSITORIES.filter((one) => ownership.ownsRepository(one)).length;

  it("gives every Repository to one replica", async () => {
    const server = new LeaseServer();
    const first = await start(server, "a");
    expect(owned(first)).toBe(20);
    const second = await start(server, "b");
    await expect.poll(() => owned(second), { timeout: 10_000 }).toBeGreaterThan(0);
    expect(owned(first) + owned(second)).toBe(20);
  });

  it("reports that shards have moved, and gives those of a replica that stops to the others at once", async () => {
    const server = new LeaseServer();
    const first = await start(server, "a");
    let moves = 0;
    first.ownership.channel.subscribe(() => {
      moves += 1;
    });
    const second = await start(server, "b");
    await expect.poll(() => owned(second), { timeout: 10_000 }).toBeGreaterThan(0);
    moves = 0;
    await stop(second);
    // Half a lease: without leaving it would take a whole one.
    await expect.poll(() => owned(first), { timeout: LEASE_MS / 2 }).toBe(20);
    await expect.poll(() => moves).toBe(1);
  });

  it("ends a replica that cannot report after two thirds of the lease, before another one takes over", async () => {
    const server = new LeaseServer();
    let losses = 0;
    const replica = await start(server, "a", () => {
      losses += 1;
    });
    server.isDown = true;
    expect(replica.isMember()).toBe(true);
    await setTimeout((LEASE_MS * 3) / 4);
    expect([replica.isMember(), losses]).toEqual([false, 1]);
  });

  it("gives its Repositories back to a replica that left and came again before the others saw it", async () => {
    const server = new LeaseServer();
    const first = await start(server, "a");
    const second = await start(server, "b");
    await expect.poll(() => owned(second), { timeout: 10_000 }).toBeGreaterThan(0);
    await stop(second);
    const again = await start(server, "b");
    await expect.poll(() => owned(again), { timeout: 10_000 }).toBeGreaterThan(0);
    expect(owned(first) + owned(again)).toBe(20);
  });
});
