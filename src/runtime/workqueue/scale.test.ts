import { describe, expect, it } from "vitest";
import { FairSemaphore } from "../../event-loop/fair-semaphore.ts";
import { expectInProportion } from "../../event-loop/testing/in-proportion.ts";
import { WorkQueue } from "./workqueue.ts";

const WORKERS = 16;

describe("a work queue", { timeout: 60_000 }, () => {
  it.each<[string, (at: number) => string]>([
    ["one flow", () => "n"],
    ["one flow of many parts", (at) => `n/r${at}`],
    ["many flows", (at) => `n${at}`],
    ["many flows of one part", (at) => `n${at}/r`],
  ])("with many keys of %s costs in proportion", async (_, flowOf) => {
    await expectInProportion(1000, async (count, measure) => {
      const seats = new FairSemaphore(WORKERS, { shared: true });
      const flowOfKey = (key: string) => flowOf(Number(key));
      const queue = new WorkQueue({ flowControl: { flowOf: flowOfKey, seats } });
      const keys = Array.from({ length: count }, (_, at) => `${at}`);
      const busy: string[] = [];
      const work = async () => {
        for (let next = await queue.get(); next !== undefined; next = await queue.get()) {
          seats.acquire(flowOfKey(next));
          busy.push(next);
        }
      };
      const working = work();
      await measure("add while workers wait, then while all are busy", async () => {
        for (const key of keys) {
          queue.add(key);
          await Promise.resolve();
        }
      });
      await measure("do all", async () => {
        for (let done = busy.shift(); done !== undefined; done = busy.shift()) {
          queue.done(done);
          seats.release(flowOfKey(done));
          queue.dispatch();
          for (let turn = 0; turn < 4; turn++) await Promise.resolve();
        }
      });
      expect(queue.depth).toBe(0);
      queue.shutDown();
      await working;
    });
  });

  it("whose keys wait for a seat elsewhere costs in proportion", async () => {
    await expectInProportion(1000, async (count, measure) => {
      const seats = new FairSemaphore(WORKERS, { shared: true });
      const seated: number[] = [];
      await measure("acquire", () => {
        for (let at = 0; at < count; at++) {
          const waiting = seats.acquire(`n${at}/r`);
          if (waiting === undefined) seated.push(at);
          else void waiting.then(() => seated.push(at));
        }
      });
      await measure("release", async () => {
        for (let done = 0; done < count; done++) {
          const at = seated[done];
          if (at === undefined) throw new Error("nobody is seated");
          seats.release(`n${at}/r`);
          await Promise.resolve();
        }
      });
    });
  });
});
