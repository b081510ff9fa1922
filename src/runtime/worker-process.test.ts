import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { it as base, describe, expect, vi } from "vitest";
import { LimitExceededError, WorkerProcess, type WorkerProcessOptions } from "./worker-process.ts";

/** Answers with the sum of its inputs, so that a new process can be distinguished from an old one. */
const MODULE = `
let sum = 0;
process.on("message", (input) => {
  if (input === "loop") for (;;);
  if (input === "fill") { const all = []; for (;;) all.push(new Array(10000).fill(sum)); }
  if (input === "exit") process.exit(3);
  if (input === "pid") return process.send(process.pid);
  if (input === "abort") process.abort();
  if (input === "lie") { console.error("JavaScript heap out of memory"); process.exit(3); }
  if (input === "lie in a shell") {
    console.error("x".repeat(20000));
    console.error("JavaScript heap out of memory");
    process.exit(134);
  }
  if (input === "environment") {
    return process.send(Object.keys(process.env).filter((name) => !name.startsWith("NODE_CHANNEL")).length);
  }
  if (input instanceof Uint8Array) return process.send(input.length);
  process.send(sum += input);
});
process.on("disconnect", () => process.exit(0));`;

type Input = number | string | Uint8Array;

const it = base
  .extend("dir", { scope: "file" }, async ({}, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-worker-"));
    onCleanup(async () => await rm(dir, { recursive: true, force: true }));
    await writeFile(join(dir, "adding.mjs"), MODULE);
    return dir;
  })
  /** Creates a worker process, which is closed at the end of the test. */
  .extend("open", ({ dir, onTestFinished }) => (options: Partial<WorkerProcessOptions> = {}, module = "adding.mjs") => {
    const url = pathToFileURL(join(dir, module));
    const worker = new WorkerProcess<Input, number>({
      url,
      timeoutMs: 60_000,
      idleMs: 60_000,
      memoryMb: 64,
      ...options,
    });
    onTestFinished(async () => await worker.close());
    return worker;
  })
  /** Time limits pass only when the test advances them. */
  .extend("fakeTimers", ({ onTestFinished }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
  });

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const errorOf = async (call: Promise<unknown>) =>
  await call.then(
    () => expect.fail("no error"),
    (error: unknown) => error,
  );

describe("WorkerProcess", () => {
  it("runs calls one at a time in one process without environment variables", async ({ open }) => {
    const worker = open();
    expect(await Promise.all([worker.call(1), worker.call(2), worker.call(3)])).toEqual([1, 3, 6]);
    expect(await worker.call("environment")).toBe(0);
    expect(await worker.call(new Uint8Array(2 ** 20))).toBe(2 ** 20);
  });

  it("ends a call at its time limit; the next call gets a new process", async ({ open, fakeTimers: _ }) => {
    const worker = open({ timeoutMs: 10_000 });
    const pid = await worker.call("pid");
    const endless = vi.fn();
    const ended = errorOf(worker.call("loop")).then(endless);
    const next = worker.call(5);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(endless).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect(endless.mock.lastCall).toMatchObject([
      { name: "LimitExceededError", limit: "time", message: "the worker process was ended: it took too much time" },
    ]);
    expect(await next).toBe(5);
    expect(await worker.call("pid")).not.toBe(pid);
  });

  it("ends a call whose signal is aborted, with its reason; the next call gets a new process", async ({ open }) => {
    const worker = open();
    expect(await worker.call(1)).toBe(1);
    const ended = new AbortController();
    const call = worker.call("loop", ended.signal);
    const never = worker.call(7, ended.signal);
    // The first one is sent in a microtask.
    await new Promise(setImmediate);
    ended.abort(new Error("interrupted"));
    for (const one of [call, never]) await expect(one).rejects.toThrow("interrupted");
    expect(await worker.call(2, new AbortController().signal)).toBe(2);
  });

  it("ends a call at its memory limit; the next call gets a new process", async ({ open }) => {
    const worker = open();
    const error = await errorOf(worker.call("fill"));
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ limit: "memory" });
    expect(await worker.call(5)).toBe(5);
  });

  it("reports an exit as an error; the next call gets a new process", async ({ open }) => {
    const worker = open();
    await expect(worker.call("exit")).rejects.toThrow("adding.mjs ended with 3");
    expect(await worker.call(5)).toBe(5);
  });

  it.for(["SIGTERM", "SIGKILL"] as const)(
    "does not take %s from outside for an exceeded limit",
    async (signal, { open }) => {
      const worker = open();
      const pid = await worker.call("pid");
      const endless = errorOf(worker.call("loop"));
      process.kill(pid, signal);
      const error = await endless;
      expect(error).not.toBeInstanceOf(LimitExceededError);
      expect(error).toMatchObject({ message: expect.stringContaining(`ended with ${signal}`) });
      expect(await worker.call(5)).toBe(5);
    },
  );

  it.for([
    ["abort", "SIGABRT"],
    ["lie", "3"],
  ] as const)("does not take a crash for a lack of memory: %s", async ([input, end], { open }) => {
    const error = await errorOf(open().call(input));
    expect(error).not.toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ message: expect.stringContaining(`ended with ${end}`) });
  });

  it("recognizes a lack of memory that a shell reports, after much other output", async ({ open }) => {
    expect(await errorOf(open().call("lie in a shell"))).toMatchObject({ limit: "memory" });
  });

  it("ends the process after its idle time, not before", async ({ open, fakeTimers: _ }) => {
    const worker = open({ idleMs: 1_000 });
    const pid = await worker.call("pid");
    await vi.advanceTimersByTimeAsync(999);
    // A call in between starts the idle time again.
    expect(await worker.call("pid")).toBe(pid);
    await vi.advanceTimersByTimeAsync(999);
    expect(await worker.call("pid")).toBe(pid);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await worker.call("pid")).not.toBe(pid);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 30_000 });
  });

  it("does not end a process that works for longer than the idle time", async ({ open, fakeTimers: _ }) => {
    const worker = open({ idleMs: 1_000, timeoutMs: 10_000 });
    const pid = await worker.call("pid");
    const call = errorOf(worker.call("loop"));
    await vi.advanceTimersByTimeAsync(9_999);
    expect(isAlive(pid)).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(await call).toMatchObject({ limit: "time" });
  });

  it("starts a new process after one that ended between two calls", async ({ open }) => {
    const worker = open();
    const pid = await worker.call("pid");
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 30_000 });
    await vi.waitFor(async () => expect(await worker.call(5)).toBe(5), { timeout: 30_000 });
  });

  it("ends the process when it is closed, with the running call and all later ones", async ({ open }) => {
    const worker = open();
    const pid = await worker.call("pid");
    const ended = expect(worker.call("loop")).rejects.toThrow("ended with SIGTERM");
    await new Promise((resolve) => setImmediate(resolve));
    await worker.close();
    await ended;
    expect(isAlive(pid)).toBe(false);
    await expect(worker.call(1)).rejects.toThrow("the worker process is closed");
  });

  it("reports a module that does not exist", async ({ open }) => {
    await expect(open({}, "nowhere.mjs").call(1)).rejects.toThrow("nowhere.mjs ended with 1");
  });
});
