import { Writable } from "node:stream";
import { it as base, describe, expect, vi } from "vitest";
import { createLog } from "./log.ts";
import { Manager, type Runnable } from "./manager.ts";

const lines: Record<string, unknown>[] = [];
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    lines.push(JSON.parse(String(chunk)));
    done();
  },
});
const log = createLog({ stream });

function recorder() {
  const calls: string[] = [];
  const component = (name: string, over: Partial<Runnable> = {}): Runnable => ({
    name,
    start: async () => void calls.push(`start ${name}`),
    stop: async () => void calls.push(`stop ${name}`),
    ...over,
  });
  return { calls, component };
}

/** Time passes only when the test advances it. */
const it = base.extend("fakeTimers", ({ onTestFinished }) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

describe("Manager", () => {
  it("starts in order and stops once, in the reverse order", async () => {
    const { calls, component } = recorder();
    const manager = new Manager({ log, runnables: [component("a"), component("b")] });
    await manager.start();
    expect(await Promise.all([manager.stop(), manager.stop()])).toEqual([[], []]);
    expect(calls).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  it("stops the started components when one fails to start", async () => {
    const { calls, component } = recorder();
    const broken = component("b", { start: () => Promise.reject(new Error("port taken")) });
    const manager = new Manager({ log, runnables: [component("a"), broken, component("c")] });
    await expect(manager.start()).rejects.toMatchObject({
      message: "b did not start",
      cause: { message: "port taken" },
    });
    expect(calls).toEqual(["start a", "stop b", "stop a"]);
  });

  it("can be stopped while a component starts", async () => {
    const { calls, component } = recorder();
    const slow = component("slow", {
      start: async (stopping) => {
        await new Promise<void>((resolve) => stopping.addEventListener("abort", () => resolve(), { once: true }));
        await new Promise((resolve) => setImmediate(resolve));
        calls.push("start slow");
      },
    });
    const manager = new Manager({ log, runnables: [slow, component("after")] });
    const starting = manager.start();
    expect(await manager.stop()).toEqual([]);
    await starting;
    expect(calls).toEqual(["start slow", "stop slow"]);
  });

  it("can be stopped before it was started", async () => {
    const { calls, component } = recorder();
    expect(await new Manager({ log, runnables: [component("a")] }).stop()).toEqual([]);
    expect(calls).toEqual([]);
  });

  it("logs which components have started, at debug level", async () => {
    const { component } = recorder();
    lines.length = 0;
    log.setLevel("debug");
    await new Manager({ log, runnables: [component("a")] }).start();
    log.setLevel("info");
    expect(lines).toMatchObject([{ level: "debug", msg: "started", runnable: "a" }]);
  });

  it("gives a component all of the time to stop, and leaves no timer", async ({ fakeTimers: _ }) => {
    const { component } = recorder();
    const slow = component("slow", { stop: () => new Promise((resolve) => setTimeout(resolve, 19_999)) });
    const [set, cleared] = [vi.spyOn(globalThis, "setTimeout"), vi.spyOn(globalThis, "clearTimeout")];
    const manager = new Manager({ log, runnables: [slow] });
    await manager.start();
    const stopping = manager.stop();
    await vi.advanceTimersByTimeAsync(19_999);
    expect(await stopping).toEqual([]);
    // Connections that other tests of this process have left open may set timers as well.
    const limits = set.mock.calls.flatMap(([, ms], index) => (ms === 20_000 ? [set.mock.results[index]?.value] : []));
    expect(limits).toHaveLength(1);
    expect(cleared).toHaveBeenCalledWith(limits[0]);
    vi.restoreAllMocks();
  });

  it("tells a component why its time is over, and waits a second more", async ({ fakeTimers: _ }) => {
    const { component } = recorder();
    const reasons: unknown[] = [];
    const hurries = component("hurries", {
      stop: (deadline) =>
        new Promise((resolve) =>
          deadline.addEventListener("abort", () => {
            reasons.push(deadline.reason);
            setTimeout(resolve, 999);
          }),
        ),
    });
    const manager = new Manager({ log, runnables: [hurries], drainMs: 2_500 });
    await manager.start();
    const stopping = manager.stop();
    await vi.advanceTimersByTimeAsync(3_499);
    const left = await stopping;
    // What the log has queued for this moment runs; the second that was waited for is not over.
    await vi.advanceTimersByTimeAsync(0);
    expect([left, vi.getTimerCount()]).toEqual([[], 0]);
    expect(reasons).toMatchObject([{ message: "not stopped within 2.5 s" }]);
  });

  it("continues without a component that does not stop", async ({ fakeTimers: _ }) => {
    const { component } = recorder();
    const manager = new Manager({ log, runnables: [component("stuck", { stop: () => new Promise(() => {}) })] });
    await manager.start();
    const stopping = manager.stop();
    await vi.advanceTimersByTimeAsync(21_000);
    expect(await stopping).toEqual(["stuck"]);
  });

  it("continues without components that fail to stop or are late, and names them", async () => {
    const { calls, component } = recorder();
    const runnables = [
      component("first"),
      component("stuck", { stop: () => new Promise(() => {}) }),
      component("hurries", {
        stop: (deadline) => new Promise((resolve) => deadline.addEventListener("abort", () => resolve())),
      }),
      component("fails", { stop: () => Promise.reject(new Error("no")) }),
    ];
    const manager = new Manager({ log, runnables, drainMs: 20 });
    await manager.start();
    lines.length = 0;
    expect(await manager.stop()).toEqual(["fails", "stuck"]);
    expect(calls.at(-1)).toBe("stop first");
    expect(lines.map(({ level, msg, runnable }) => ({ level, msg, runnable }))).toEqual([
      { level: "error", msg: "failed to stop", runnable: "fails" },
      { level: "warn", msg: "did not stop in time", runnable: "stuck" },
    ]);
    expect(lines[0]?.error).toMatchObject({ message: "no" });
  });
});
