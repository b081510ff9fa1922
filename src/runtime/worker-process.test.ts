import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LimitExceededError, WorkerProcess, type WorkerProcessOptions } from "./worker-process.ts";

/** Answers with the sum of what it was asked so far, so that a new process is told from an old one. */
const ADDING = `
let sum = 0;
process.on("message", (question) => {
  if (question === "loop") for (;;);
  if (question === "fill") { const all = []; for (;;) all.push(new Array(10000).fill(sum)); }
  if (question === "exit") process.exit(3);
  if (question === "pid") return process.send(process.pid);
  if (question === "abort") process.abort();
  if (question === "lie") { console.error("JavaScript heap out of memory"); process.exit(3); }
  if (question === "environment") return process.send(Object.keys(process.env).filter((name) => !name.startsWith("NODE_CHANNEL")).length);
  if (question instanceof Uint8Array) return process.send(question.length);
  process.send(sum += question);
});
process.on("disconnect", () => process.exit(0));`;

let dir: string;
let calls: WorkerProcess<number | string | Uint8Array, number>;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pkgserver-child-"));
  await writeFile(join(dir, "adding.mjs"), ADDING);
});
afterEach(async () => await calls.close());
afterAll(async () => await rm(dir, { recursive: true, force: true }));

/** What calls a child that is opened like this. */
function open(options: Partial<WorkerProcessOptions> = {}, module = "adding.mjs") {
  const url = pathToFileURL(join(dir, module));
  calls = new WorkerProcess({ url, timeoutMs: 60_000, idleMs: 60_000, memoryMb: 64, ...options });
  return (question: number | string | Uint8Array) => calls.call(question);
}

describe("ChildCalls", () => {
  it("answers one call after the other, from one process, which knows nothing of the environment", async () => {
    const call = open();
    expect(await Promise.all([call(1), call(2), call(3)])).toEqual([1, 3, 6]);
    expect(await call("environment")).toBe(0);
    expect(await call(new Uint8Array(2 ** 20))).toBe(2 ** 20);
  });

  it("gives up what takes too long; the next call has a new process", async () => {
    const call = open({ timeoutMs: 10_000 });
    const [endless, next] = await Promise.allSettled([call("loop"), call(5)]);
    expect(endless).toMatchObject({ status: "rejected", reason: { name: "GaveUpError", limit: "time" } });
    expect(next).toEqual({ status: "fulfilled", value: 5 });
  });

  it("gives up what takes too much memory; the next call has a new process", async () => {
    const call = open();
    const error = await call("fill").catch((failed: unknown) => failed);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ limit: "memory" });
    expect(await call(5)).toBe(5);
  });

  it("tells a failure and goes on", async () => {
    const call = open();
    await expect(call("exit")).rejects.toThrow("ended with 3");
    expect(await call(5)).toBe(5);
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("does not blame the call for %s by somebody", async (signal) => {
    const call = open();
    const pid = await call("pid");
    const endless = call("loop").catch((failed: unknown) => failed);
    process.kill(pid, signal);
    const error = await endless;
    expect(error).not.toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ message: expect.stringContaining(`ended with ${signal}`) });
    expect(await call(5)).toBe(5);
  });

  it.each([
    ["abort", "SIGABRT"],
    ["lie", "3"],
  ])("does not take a crash for a lack of memory: %s", async (question, end) => {
    const error = await open()(question).catch((failed: unknown) => failed);
    expect(error).not.toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ message: expect.stringContaining(`ended with ${end}`) });
  });

  it("ends the process when nothing is asked", async () => {
    const call = open({ idleMs: 1 });
    await call(5);
    // The sum begins anew with the process.
    for (let last = 5; last !== 1; ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      last = await call(1);
    }
  });

  it("ends at once when it is closed, with what is under way", async () => {
    const call = open();
    await call(1);
    const endless = call("loop");
    const ended = expect(endless).rejects.toThrow("ended with SIGTERM");
    await new Promise((resolve) => setImmediate(resolve));
    await calls.close();
    await ended;
    await expect(call(1)).rejects.toThrow("closed");
  });

  it("tells where there is no such module", async () => {
    await expect(open({}, "nowhere.mjs")(1)).rejects.toThrow("nowhere.mjs ended with 1");
  });
});
