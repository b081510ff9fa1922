import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { aRepository } from "../../core/testing/observed.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import { createLog } from "../../runtime/log.ts";
import { ShardOwnership } from "./ownership.ts";
import { rebalance } from "./rebalance.ts";

const log = createLog({ level: "error" });
const alone = { epoch: 1, members: { a: 1 }, draining: [] };
/** This replica is no member: it owns nothing any more. */
const replaced = { epoch: 2, members: { b: 1 }, draining: ["a"] };

function start() {
  const ownership = new ShardOwnership("a", { get: () => undefined } as unknown as Lister<Repository>, (error) => {
    throw error;
  });
  const steps: string[] = [];
  ownership.addHolder({ releaseUnowned: async () => void steps.push("released") });
  const { promise, resolve } = Promise.withResolvers<void>();
  const startWork = () => {
    void ownership.forRepository(aRepository(), async () => {
      await promise;
      steps.push("work ended");
    });
  };
  const follow = async (membership: Parameters<typeof rebalance>[1]) => await rebalance({ ownership, log }, membership);
  return { steps, startWork, endWork: resolve, follow };
}

describe("rebalance", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lets work on lost shards end before it releases their mirrors", async () => {
    const { steps, startWork, endWork, follow } = start();
    await follow(alone);
    steps.length = 0;
    startWork();
    const done = follow(replaced);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(steps).toEqual([]);
    endWork();
    expect(await done).toBe(true);
    expect(steps).toEqual(["work ended", "released"]);
  });

  it("releases the mirrors after ten seconds, and is not done before the work has ended all the same", async () => {
    const { steps, startWork, endWork, follow } = start();
    await follow(alone);
    steps.length = 0;
    startWork();
    let isDone = false;
    const done = follow(replaced).finally(() => {
      isDone = true;
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ steps, isDone }).toEqual({ steps: ["released"], isDone: false });
    endWork();
    expect(await done).toBe(true);
    expect(steps).toEqual(["released", "work ended"]);
  });

  it("does nothing for a membership that moves no shard", async () => {
    const { steps, follow } = start();
    expect(await follow(alone)).toBe(true);
    steps.length = 0;
    expect(await follow({ ...alone, members: { a: 2 } })).toBe(false);
    expect(steps).toEqual([]);
  });
});
