import { Registry } from "prom-client";
import { it as base, describe, expect, vi } from "vitest";
import { Controller, type ControllerOptions } from "./controller.ts";
import type { Logger } from "./log.ts";
import type { LogFields } from "./log-line.ts";
import { ControllerMetrics } from "./metrics.ts";
import { DONE, type Result, TerminalError } from "./reconcile.ts";

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

type TestOptions = Partial<ControllerOptions> & Pick<ControllerOptions, "reconcile">;
type Labels = Readonly<Record<string, string>>;

const never = new AbortController().signal;
/** The second that Vitest waits by default is too short on a machine that is busy with other tests. */
const waitFor = async (check: () => void | Promise<void>) => await vi.waitFor(check, { timeout: 5_000 });

/** Starts a controller, which is stopped at the end of the test. */
const it = base.extend("start", ({ onTestFinished }) => async (options: TestOptions) => {
  const registry = new Registry();
  const log = memoryLog();
  const controller = new Controller({
    name: "test",
    concurrency: 2,
    log,
    metrics: new ControllerMetrics(registry),
    queue: { backoff: { baseMs: 1, capMs: 5, jitter: 0 } },
    ...options,
  });
  await controller.start();
  onTestFinished(async () => await controller.stop(never));
  return { controller, log, value: (metric: string, labels?: Labels) => readMetric(registry, metric, labels) };
});

async function readMetric(registry: Registry, metric: string, labels: Labels = { controller: "test" }) {
  const { values } = (await registry.getSingleMetric(metric)?.get()) ?? { values: [] };
  return values.find((sample) => Object.entries(labels).every(([name, label]) => sample.labels[name] === label))?.value;
}

describe("Controller", () => {
  it("reconciles keys concurrently, but never one key twice at a time", async ({ start }) => {
    let active = 0;
    let most = 0;
    const running = new Set<string>();
    const reconciled: string[] = [];
    const { controller } = await start({
      reconcile: async (key) => {
        expect(running.has(key)).toBe(false);
        running.add(key);
        active += 1;
        most = Math.max(most, active);
        await new Promise((resolve) => setImmediate(resolve));
        active -= 1;
        running.delete(key);
        reconciled.push(key);
        return DONE;
      },
    });
    for (let round = 0; round < 20; round++) {
      for (const key of ["a", "b", "c", "d"]) controller.enqueue(key);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor(() => expect(new Set(reconciled)).toEqual(new Set(["a", "b", "c", "d"])));
    await controller.stop(never);
    expect(most).toBe(2);
  });

  it("reconciles other keys during releaseWorkerWhile, and never more than its workers afterwards", async ({
    start,
  }) => {
    const answer = Promise.withResolvers<void>();
    let active = 0;
    let most = 0;
    const busy = async () => {
      active += 1;
      most = Math.max(most, active);
      await new Promise((resolve) => setImmediate(resolve));
      active -= 1;
    };
    const reconciled: string[] = [];
    const { controller } = await start({
      reconcile: async (key, { releaseWorkerWhile }) => {
        await busy();
        if (key.startsWith("slow"))
          expect(await releaseWorkerWhile(async () => await answer.promise.then(() => 7))).toBe(7);
        await busy();
        reconciled.push(key);
        return DONE;
      },
    });
    const slow = ["slow1", "slow2", "slow3", "slow4"];
    for (const key of [...slow, "a", "b"]) controller.enqueue(key);
    await waitFor(() => expect(reconciled).toEqual(["a", "b"]));
    // These continue at once, before the keys that are added now.
    answer.resolve();
    for (const key of ["c", "d", "e"]) controller.enqueue(key);
    await waitFor(() => expect(reconciled.length).toBe(9));
    expect(most).toBe(2);
  });

  it("reconciles keys of high priority first", async ({ start }) => {
    const answer = Promise.withResolvers<void>();
    const reconciled: string[] = [];
    const { controller } = await start({
      concurrency: 1,
      reconcile: async (key) => {
        if (key === "first") await answer.promise;
        reconciled.push(key);
        return DONE;
      },
    });
    controller.enqueue("first");
    controller.enqueue("bulk", { priority: "low" });
    controller.enqueue("user");
    answer.resolve();
    await waitFor(() => expect(reconciled).toEqual(["first", "user", "bulk"]));
  });

  it("needs no metrics", async () => {
    const reconcile = vi.fn(async () => DONE);
    const controller = new Controller({ name: "test", concurrency: 1, log: memoryLog(), reconcile });
    await controller.start();
    controller.enqueue("a");
    await waitFor(() => expect(reconcile).toHaveBeenCalledTimes(1));
    await controller.stop(never);
  });

  it("keeps a worker for the next flow, however long the reconciliations of other flows take", async ({ start }) => {
    const answer = Promise.withResolvers<void>();
    const reconciled: string[] = [];
    const { controller } = await start({
      concurrency: 4,
      flowOf: (key) => key.split("/")[0] ?? "",
      reconcile: async (key, { releaseWorkerWhile }) => {
        if (key.startsWith("slow")) await answer.promise;
        if (key.startsWith("waiting")) await releaseWorkerWhile(() => answer.promise);
        reconciled.push(key);
        return DONE;
      },
    });
    for (let at = 0; at < 9; at++) controller.enqueue(`slow/${at}`);
    for (let at = 0; at < 9; at++) controller.enqueue(`waiting/${at}`);
    controller.enqueue("quick/1");
    controller.enqueue("quick/2");
    await waitFor(() => expect(reconciled).toEqual(["quick/1", "quick/2"]));
    answer.resolve();
    await waitFor(() => expect(reconciled.length).toBe(20));
  });

  it("releases the worker of a reconciliation that failed in releaseWorkerWhile", async ({ start }) => {
    const failing = vi.fn(async () => Promise.reject(new TerminalError("no")));
    const { controller, log } = await start({
      concurrency: 1,
      reconcile: async (_, { releaseWorkerWhile }) => await releaseWorkerWhile(failing),
    });
    controller.enqueue("a");
    controller.enqueue("b");
    await waitFor(() => expect(failing).toHaveBeenCalledTimes(2));
    await controller.stop(never);
    expect(log.lines.map(({ error }) => String(error))).toEqual(["TerminalError: no", "TerminalError: no"]);
  });

  it("reconciles again after requeueAfterMs, and not without it", async ({ start }) => {
    const results: Result[] = [{ requeueAfterMs: 5 }, { requeueAfterMs: 0 }, { requeueAfterMs: 0 }, DONE];
    const reconcile = vi.fn(async () => results.shift() ?? DONE);
    const { controller, value } = await start({ reconcile });
    controller.enqueue("a");
    await waitFor(() => expect(reconcile).toHaveBeenCalledTimes(4));
    await waitFor(async () => {
      expect(await value("controller_runtime_reconcile_total", { result: "success" })).toBe(1);
    });
    expect(await value("controller_runtime_reconcile_total", { result: "requeue_after" })).toBe(1);
    expect(await value("controller_runtime_reconcile_total", { result: "requeue" })).toBe(2);
    expect(await value("workqueue_adds_total", { name: "test" })).toBe(4);
    expect(await value("controller_runtime_active_workers")).toBe(0);
  });

  it("retries with backoff after an error, and logs each failure once", async ({ start }) => {
    let failures = 3;
    const { controller, log, value } = await start({
      reconcile: async () => {
        if (failures-- > 0) throw new Error("flaky");
        return DONE;
      },
    });
    controller.enqueue("ns/a");
    await waitFor(async () => {
      expect(await value("controller_runtime_reconcile_total", { result: "success" })).toBe(1);
    });
    expect(await value("controller_runtime_reconcile_errors_total")).toBe(3);
    expect(await value("workqueue_retries_total", { name: "test" })).toBe(3);
    const errors = log.lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(3);
    expect(errors[0]).toMatchObject({ controller: "test", object: "ns/a", reconcileID: expect.any(String) });
    expect(new Set(errors.map(({ reconcileID }) => reconcileID)).size).toBe(3);
  });

  it("does not retry after a terminal error until the key is enqueued again", async ({ start }) => {
    const reconcile = vi.fn(async (): Promise<Result> => {
      throw new TerminalError("no such transport");
    });
    const { controller, log, value } = await start({ reconcile });
    controller.enqueue("a");
    await waitFor(() => expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1));
    expect(await value("workqueue_retries_total", { name: "test" })).toBeUndefined();
    expect(await value("controller_runtime_terminal_reconcile_errors_total")).toBe(1);
    controller.enqueue("a");
    await waitFor(() => expect(reconcile).toHaveBeenCalledTimes(2));
  });

  it("retries as classifyError decides, and logs quiet errors at debug level only", async ({ start }) => {
    let calls = 0;
    const { controller, log } = await start({
      classifyError: () => ({ kind: "after", ms: 1, quiet: true }),
      reconcile: async () => {
        if (++calls < 3) throw new Error("conflict");
        return DONE;
      },
    });
    controller.enqueue("a");
    await waitFor(() => expect(calls).toBe(3));
    await controller.stop(never);
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("waits for running reconciliations when it stops, and aborts them at the deadline", async ({ start }) => {
    let reason: unknown;
    const { controller } = await start({
      reconcile: async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        reason = signal.reason;
        return DONE;
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

  it("aborts running reconciliations at once if it is stopped after the deadline, and logs none of their errors", async ({
    start,
  }) => {
    const { controller, log } = await start({
      reconcile: async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        throw new Error("interrupted");
      },
    });
    controller.enqueue("a");
    await new Promise((resolve) => setImmediate(resolve));
    await controller.stop(AbortSignal.abort("time is up"));
    expect(log.lines).toEqual([]);
  });
});
