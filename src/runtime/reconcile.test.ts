import { Registry } from "prom-client";
import { it as base, describe, expect, vi } from "vitest";
import type { Logger } from "./log.ts";
import type { LogFields } from "./log-line.ts";
import { ControllerMetrics } from "./metrics.ts";
import {
  type Completion,
  DONE,
  logCompletion,
  type ReconcileContext,
  type ReconcilerOptions,
  type Result,
  type RetryDecision,
  reconcileOnce,
  requeue,
  TerminalError,
} from "./reconcile.ts";
import type { WorkQueue } from "./workqueue/workqueue.ts";

const failed = (decision: RetryDecision, error: unknown = new Error("failed")): Completion => ({
  kind: "error",
  error,
  decision,
});
const succeeded = (result: Result): Completion => ({ kind: "result", result });

const it = base
  .extend("calls", () => [] as unknown[][])
  /** A queue that records the calls of its methods. */
  .extend("queue", ({ calls }) => {
    const record =
      (name: string) =>
      (...parameters: unknown[]) =>
        void calls.push([name, ...parameters]);
    const names = ["forget", "addAfter", "addRateLimited", "done"];
    return Object.fromEntries(names.map((name) => [name, record(name)])) as unknown as WorkQueue;
  })
  /** A log that records its messages. */
  .extend("log", ({ calls }) => {
    const write = (level: string) => (message: string, fields?: LogFields) => void calls.push([level, message, fields]);
    return { debug: write("debug"), error: write("error") } as unknown as Logger;
  });

describe("requeue", () => {
  it.for([
    ["does not repeat a result", succeeded(DONE), ["forget", "a"]],
    ["repeats a result after its delay", succeeded({ requeueAfterMs: 5 }), ["addAfter", "a", 5, { priority: "high" }]],
    ["repeats a result at once", succeeded({ requeueAfterMs: 0 }), ["addAfter", "a", 0, { priority: "high" }]],
    [
      "repeats a result with its priority",
      succeeded({ requeueAfterMs: 5, priority: "low" }),
      ["addAfter", "a", 5, { priority: "low" }],
    ],
    ["retries an error after a fixed delay", failed({ kind: "after", ms: 7 }), ["addAfter", "a", 7]],
    ["retries an error with backoff", failed({ kind: "backoff" }), ["addRateLimited", "a"]],
    ["does not retry an error", failed({ kind: "never" }), ["forget", "a"]],
  ] as const)("%s, and marks the key as done", ([, completion, expected], { queue, calls }) => {
    requeue(queue, "a", completion);
    expect(calls.slice(-2)).toEqual([expected, ["done", "a"]]);
    // Only an error keeps its count of failures.
    const forgets = completion.kind === "result" || completion.decision.kind === "never";
    expect(calls.some(([name]) => name === "forget")).toBe(forgets);
  });
});

describe("logCompletion", () => {
  const error = new Error("failed");

  it.for([
    [succeeded({ requeueAfterMs: 5 }), ["debug", "reconciled", { result: { requeueAfterMs: 5 } }]],
    [failed({ kind: "never" }, error), ["error", "reconcile failed, not retried", { error }]],
    [failed({ kind: "backoff" }, error), ["error", "reconcile failed, retried", { error }]],
    [failed({ kind: "after", ms: 1 }, error), ["error", "reconcile failed, retried", { error }]],
    [failed({ kind: "backoff", quiet: true }, error), ["debug", "reconcile failed, retried", { error }]],
    [failed({ kind: "after", ms: 1, quiet: true }, error), ["debug", "reconcile failed, retried", { error }]],
  ] as const)("logs %j once, at its level", ([completion, line], { log, calls }) => {
    logCompletion(completion, log);
    expect(calls).toEqual([line]);
  });
});

describe("reconcileOnce", () => {
  const context = {} as ReconcileContext;
  const run = async (options: Partial<ReconcilerOptions>) =>
    await reconcileOnce({ name: "test", reconcile: async () => DONE, ...options }, "a", context);

  it("passes the key and the context, and returns the result", async () => {
    const reconcile = vi.fn(async () => ({ requeueAfterMs: 1 }));
    expect(await run({ reconcile })).toEqual(succeeded({ requeueAfterMs: 1 }));
    expect(reconcile).toHaveBeenCalledWith("a", context);
  });

  it.for([
    ["with backoff by default", undefined, new Error("x"), { kind: "backoff" }],
    ["never after a TerminalError", undefined, new TerminalError("x"), { kind: "never" }],
    ["as classifyError decides", { kind: "after", ms: 3 }, new TerminalError("x"), { kind: "after", ms: 3 }],
  ] as const)("retries %s", async ([, classified, error, decision]) => {
    const reconcile = async () => Promise.reject(error);
    expect(await run({ reconcile, classifyError: () => classified })).toEqual(failed(decision, error));
    if (classified === undefined) expect(await run({ reconcile })).toEqual(failed(decision, error));
  });

  it("retries with backoff if the error cannot even be classified", async () => {
    const error = new Error("x");
    const classifyError = () => {
      throw new RangeError("in the handler");
    };
    const completion = await run({ reconcile: async () => Promise.reject(error), classifyError });
    expect(completion).toEqual(failed({ kind: "backoff" }, error));
  });

  it("counts terminal errors apart from retried ones", async () => {
    const registry = new Registry();
    const metrics = new ControllerMetrics(registry);
    const fail = (error: Error) => run({ metrics, reconcile: async () => Promise.reject(error) });
    await fail(new Error("x"));
    await fail(new TerminalError("x"));
    const text = await registry.metrics();
    expect(text).toContain('controller_runtime_reconcile_errors_total{controller="test"} 2');
    expect(text).toContain('controller_runtime_terminal_reconcile_errors_total{controller="test"} 1');
    expect(text).toContain('controller_runtime_active_workers{controller="test"} 0');
    expect(text).toContain('controller_runtime_reconcile_time_seconds_count{controller="test"} 2');
  });
});

describe("the time of a reconciliation", () => {
  it("is recorded in seconds", async ({ onTestFinished }) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    vi.advanceTimersByTime(10_000);
    const registry = new Registry();
    const reconcile = async () => {
      vi.advanceTimersByTime(1_500);
      return DONE;
    };
    await reconcileOnce(
      { name: "test", reconcile, metrics: new ControllerMetrics(registry) },
      "a",
      {} as ReconcileContext,
    );
    const text = await registry.metrics();
    expect(text).toContain('controller_runtime_reconcile_time_seconds_sum{controller="test"} 1.5\n');
  });
});

describe("TerminalError", () => {
  it("has a name of its own in the log", () => {
    expect(String(new TerminalError("no such transport"))).toBe("TerminalError: no such transport");
  });
});
