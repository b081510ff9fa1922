import { describe, expect, it } from "vitest";
import { SlowRemotes } from "./slow-remotes.ts";

/** Records when the worker is released and taken again. */
function aWorker() {
  const calls: string[] = [];
  const releaseWorkerWhile = async <T>(wait: () => Promise<T>): Promise<T> => {
    calls.push("released");
    try {
      return await wait();
    } finally {
      calls.push("taken");
    }
  };
  return { calls, releaseWorkerWhile };
}

describe("SlowRemotes", () => {
  it("keeps the worker for a remote that answers, or fails, at once", async () => {
    const { calls, releaseWorkerWhile } = aWorker();
    const remotes = new SlowRemotes({ slowAfterMs: 60_000 });
    expect(await remotes.waitFor("a", Promise.resolve(1), releaseWorkerWhile)).toBe(1);
    const failure = new Error("no");
    await expect(remotes.waitFor("a", Promise.reject(failure), releaseWorkerWhile)).rejects.toBe(failure);
    expect(calls).toEqual([]);
  });

  it("releases the worker while a slow remote is waited for", async () => {
    const { calls, releaseWorkerWhile } = aWorker();
    const answer = Promise.withResolvers<number>();
    const waiting = new SlowRemotes({ slowAfterMs: 0 }).waitFor("a", answer.promise, async (wait) => {
      answer.resolve(2);
      return await releaseWorkerWhile(wait);
    });
    expect(await waiting).toBe(2);
    expect(calls).toEqual(["released", "taken"]);
  });

  it("waits without a worker for 32 remotes of a namespace and 64 in all, and again when one has answered", async () => {
    const remotes = new SlowRemotes({ slowAfterMs: 0 });
    const released: string[] = [];
    const wait = (namespace: string) => {
      const answer = Promise.withResolvers<void>();
      const done = remotes.waitFor(namespace, answer.promise, async (work) => {
        released.push(namespace);
        return await work();
      });
      return { answer, done };
    };
    const countIn = (namespace: string) => released.filter((one) => one === namespace).length;
    const all = ["a", "b", "c"].flatMap((namespace) => Array.from({ length: 40 }, () => wait(namespace)));
    await expect.poll(() => released.length).toBe(64);
    expect([countIn("a"), countIn("b"), countIn("c")]).toEqual([32, 32, 0]);
    all[0]?.answer.resolve();
    await all[0]?.done;
    all.push(wait("c"));
    await expect.poll(() => countIn("c")).toBe(1);
    for (const { answer } of all) answer.resolve();
    await Promise.all(all.map(({ done }) => done));
  });
});
