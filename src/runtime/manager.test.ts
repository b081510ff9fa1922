import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createLog } from "./log.ts";
import { Manager, type Runnable } from "./manager.ts";

const log = createLog({ stream: new Writable({ write: (_chunk, _encoding, done) => done() }) });

function recorder() {
  const calls: string[] = [];
  const part = (name: string, over: Partial<Runnable> = {}): Runnable => ({
    name,
    start: async () => void calls.push(`start ${name}`),
    stop: async () => void calls.push(`stop ${name}`),
    ...over,
  });
  return { calls, part };
}

describe("runtime/manager", () => {
  it("starts in order and stops once, in the reverse order", async () => {
    const { calls, part } = recorder();
    const manager = new Manager({ log, runnables: [part("a"), part("b")] });
    await manager.start();
    expect(await Promise.all([manager.stop(), manager.stop()])).toEqual([[], []]);
    expect(calls).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  it("stops what was started when a part does not start", async () => {
    const { calls, part } = recorder();
    const broken = part("b", { start: () => Promise.reject(new Error("port taken")) });
    const manager = new Manager({ log, runnables: [part("a"), broken, part("c")] });
    await expect(manager.start()).rejects.toMatchObject({
      message: "b did not start",
      cause: { message: "port taken" },
    });
    expect(calls).toEqual(["start a", "stop b", "stop a"]);
  });

  it("can be stopped while a part still starts", async () => {
    const { calls, part } = recorder();
    const slow = part("slow", {
      start: (stopping) =>
        new Promise((resolve) => stopping.addEventListener("abort", () => resolve(), { once: true })),
    });
    const manager = new Manager({ log, runnables: [slow, part("after")] });
    const starting = manager.start();
    expect(await manager.stop()).toEqual([]);
    await starting;
    expect(calls).toEqual(["stop slow"]);
  });

  it("goes on without what does not end in time or fails to, and names it", async () => {
    const { calls, part } = recorder();
    const runnables = [
      part("first"),
      part("stuck", { stop: () => new Promise(() => {}) }),
      part("hurries", {
        stop: (deadline) => new Promise((resolve) => deadline.addEventListener("abort", () => resolve())),
      }),
      part("fails", { stop: () => Promise.reject(new Error("no")) }),
    ];
    const manager = new Manager({ log, runnables, drainMs: 20 });
    await manager.start();
    expect(await manager.stop()).toEqual(["fails", "stuck"]);
    expect(calls.at(-1)).toBe("stop first");
  });
});
