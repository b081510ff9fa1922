import { Registry } from "prom-client";
import { describe, expect, it, vi } from "vitest";
import { type ControllerOptions, createController, type Result, TerminalError } from "./controller.ts";
import type { LogFields, Logger } from "./log.ts";
import { ControllerMetrics } from "./metrics.ts";

interface Logged extends LogFields {
  readonly level: string;
  readonly msg: string;
}

function memoryLog(bound: LogFields = {}, lines: Logged[] = []): Logger & { readonly lines: readonly Logged[] } {
  const write = (level: string) => (msg: string, fields?: LogFields) =>
    void lines.push({ level, msg, ...bound, ...fields });
  return {
    lines,
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => memoryLog({ ...bound, ...fields }, lines),
  };
}

const never = new AbortController().signal;

async function run(options: Partial<ControllerOptions> & Pick<ControllerOptions, "reconcile">) {
  const registry = new Registry();
  const log = memoryLog();
  const controller = createController({
    name: "test",
    concurrency: 2,
    log,
    metrics: new ControllerMetrics(registry),
    queue: { backoff: { baseMs: 1, capMs: 5, jitter: 0 } },
    ...options,
  });
  await controller.start(never);
  const value = async (
    metric: string,
    labels: Record<string, string> = { controller: "test" },
  ): Promise<number | undefined> => {
    const all = (await registry.getSingleMetric(metric)?.get())?.values ?? [];
    return all.find((one) => Object.entries(labels).every(([name, label]) => one.labels[name] === label))?.value;
  };
  return { controller, log, value };
}

describe("runtime/controller", () => {
  it("reconciles what is enqueued, keys side by side but never one key twice at a time", async () => {
    let active = 0;
    let most = 0;
    const running = new Set<string>();
    const seen: string[] = [];
    const { controller } = await run({
      reconcile: async (key) => {
        expect(running.has(key)).toBe(false);
        running.add(key);
        active += 1;
        most = Math.max(most, active);
        await new Promise((resolve) => setImmediate(resolve));
        active -= 1;
        running.delete(key);
        seen.push(key);
        return { done: true };
      },
    });
    for (let round = 0; round < 20; round++) {
      for (const key of ["a", "b", "c", "d"]) controller.enqueue(key);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(new Set(seen)).toEqual(new Set(["a", "b", "c", "d"])));
    await controller.stop(never);
    expect(most).toBe(2);
  });

  it("works on other keys while one waits aside, and on no more than it may when that is back", async () => {
    const answer = Promise.withResolvers<void>();
    let active = 0;
    let most = 0;
    const busy = async () => {
      active += 1;
      most = Math.max(most, active);
      await new Promise((resolve) => setImmediate(resolve));
      active -= 1;
    };
    const seen: string[] = [];
    const { controller } = await run({
      reconcile: async (key, { releaseWorkerWhile }) => {
        await busy();
        if (key.startsWith("slow"))
          expect(await releaseWorkerWhile(async () => await answer.promise.then(() => 7))).toBe(7);
        await busy();
        seen.push(key);
        return { done: true };
      },
    });
    const slow = ["slow1", "slow2", "slow3", "slow4"];
    for (const key of [...slow, "a", "b"]) controller.enqueue(key);
    await vi.waitFor(() => expect(seen).toEqual(["a", "b"]));
    // Back at once, and before those that come now.
    answer.resolve();
    for (const key of ["c", "d", "e"]) controller.enqueue(key);
    await vi.waitFor(() => expect(seen.length).toBe(9));
    expect(most).toBe(2);
    await controller.stop(never);
  });

  it("has a worker left for whoever shares them, however long the others' work takes", async () => {
    const answer = Promise.withResolvers<void>();
    const seen: string[] = [];
    const { controller } = await run({
      concurrency: 4,
      flowOf: (key) => key.split("/")[0] ?? "",
      reconcile: async (key, { releaseWorkerWhile }) => {
        if (key.startsWith("slow")) await answer.promise;
        if (key.startsWith("aside")) await releaseWorkerWhile(() => answer.promise);
        seen.push(key);
        return { done: true };
      },
    });
    for (let at = 0; at < 9; at++) controller.enqueue(`slow/${at}`);
    for (let at = 0; at < 9; at++) controller.enqueue(`aside/${at}`);
    controller.enqueue("quick/1");
    controller.enqueue("quick/2");
    await vi.waitFor(() => expect(seen).toEqual(["quick/1", "quick/2"]));
    answer.resolve();
    await vi.waitFor(() => expect(seen.length).toBe(20));
    await controller.stop(never);
  });

  it("frees the place of what failed while it waited aside", async () => {
    const failing = vi.fn(async () => Promise.reject(new TerminalError("no")));
    const { controller, log } = await run({
      concurrency: 1,
      reconcile: async (_, { releaseWorkerWhile }) => await releaseWorkerWhile(failing),
    });
    controller.enqueue("a");
    controller.enqueue("b");
    await vi.waitFor(() => expect(failing).toHaveBeenCalledTimes(2));
    await controller.stop(never);
    expect(log.lines.map(({ error }) => String(error))).toEqual(["TerminalError: no", "TerminalError: no"]);
  });

  it("comes again after the time an outcome names, and not after done", async () => {
    const outcomes: Result[] = [{ requeueAfterMs: 5 }, { requeueAfterMs: 0 }, { done: true }];
    const reconcile = vi.fn(async () => outcomes.shift() ?? { done: true as const });
    const { controller, value } = await run({ reconcile });
    controller.enqueue("a");
    await vi.waitFor(() => expect(reconcile).toHaveBeenCalledTimes(3));
    await vi.waitFor(async () => {
      expect(await value("controller_runtime_reconcile_total", { result: "success" })).toBe(1);
    });
    expect(await value("controller_runtime_reconcile_total", { result: "requeue_after" })).toBe(1);
    expect(await value("controller_runtime_reconcile_total", { result: "requeue" })).toBe(1);
    expect(await value("workqueue_adds_total", { name: "test" })).toBe(3);
    expect(await value("controller_runtime_active_workers")).toBe(0);
    await controller.stop(never);
  });

  it("tries again after an error, with backoff, and says so once each time", async () => {
    let failures = 3;
    const { controller, log, value } = await run({
      reconcile: async () => {
        if (failures-- > 0) throw new Error("flaky");
        return { done: true };
      },
    });
    controller.enqueue("ns/a");
    await vi.waitFor(async () => {
      expect(await value("controller_runtime_reconcile_total", { result: "success" })).toBe(1);
    });
    expect(await value("controller_runtime_reconcile_errors_total")).toBe(3);
    expect(await value("workqueue_retries_total", { name: "test" })).toBe(3);
    const errors = log.lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(3);
    expect(errors[0]).toMatchObject({ controller: "test", object: "ns/a", reconcileID: expect.any(String) });
    expect(new Set(errors.map(({ reconcileID }) => reconcileID)).size).toBe(3);
    await controller.stop(never);
  });

  it("does not try again after a terminal error, but does when the key is enqueued anew", async () => {
    const reconcile = vi.fn(async (): Promise<Result> => {
      throw new TerminalError("no such transport");
    });
    const { controller, log, value } = await run({ reconcile });
    controller.enqueue("a");
    await vi.waitFor(() => expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1));
    expect(await value("workqueue_retries_total", { name: "test" })).toBeUndefined();
    expect(await value("controller_runtime_terminal_reconcile_errors_total")).toBe(1);
    controller.enqueue("a");
    await vi.waitFor(() => expect(reconcile).toHaveBeenCalledTimes(2));
    await controller.stop(never);
  });

  it("follows the verdict on errors it does not know", async () => {
    let calls = 0;
    const { controller, log } = await run({
      classifyError: () => ({ retry: "after", ms: 1, quiet: true }),
      reconcile: async () => {
        if (++calls < 3) throw new Error("conflict");
        return { done: true };
      },
    });
    controller.enqueue("a");
    await vi.waitFor(() => expect(calls).toBe(3));
    await controller.stop(never);
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("stops after the work under way, and aborts it at the deadline", async () => {
    let reason: unknown;
    const { controller } = await run({
      reconcile: async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        reason = signal.reason;
        return { done: true };
      },
    });
    controller.enqueue("a");
    const deadline = new AbortController();
    let stopped = false;
    const stopping = controller.stop(deadline.signal).then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    deadline.abort("time is up");
    await stopping;
    expect(reason).toBe("time is up");
  });
});
