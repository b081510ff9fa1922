import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { endProcess, identifyProcess, isRunning, launchProcess, type ProcessRef, signalProcess } from "./processes.ts";
import { waitUntil } from "./wait.ts";

/** Adds its pid to a file, and runs until it is ended. */
const PROGRAM = 'require("node:fs").appendFileSync(process.argv[1], process.pid + "\\n"); setInterval(() => {}, 1000)';

async function startSupervised() {
  const dir = await mkdtemp(join(tmpdir(), "supervise-"));
  const [pids, logFile] = [join(dir, "pids"), join(dir, "log")];
  await writeFile(pids, "");
  const args = [join(import.meta.dirname, "supervise.ts"), process.execPath, "-e", PROGRAM, pids];
  const { ref: supervisor } = await launchProcess({ command: process.execPath, args, logFile });
  onTestFinished(async () => {
    await endProcess(supervisor);
    await rm(dir, { recursive: true });
  });
  const nthRun = async (count: number): Promise<ProcessRef> => {
    const read = async () => (await readFile(pids, "utf8")).split("\n").filter(Boolean);
    const started = await waitUntil(`run ${count}`, read, { until: (all) => all.length >= count });
    return identifyProcess(Number(started[count - 1])) as ProcessRef;
  };
  return { supervisor, nthRun, log: async () => await readFile(logFile, "utf8") };
}

describe("a supervised program", () => {
  it("is started again when it was killed, and the log says so", async () => {
    const { nthRun, log } = await startSupervised();
    const first = await nthRun(1);
    await endProcess(first, { graceMs: 0 });
    expect(isRunning(await nthRun(2))).toBe(true);
    expect(JSON.parse(await log())).toMatchObject({ level: "error", signal: "SIGKILL", afterMs: 1000 });
  });

  it("ends with its supervisor, and is not started again", async () => {
    const { supervisor, nthRun, log } = await startSupervised();
    const only = await nthRun(1);
    await endProcess(supervisor);
    expect(isRunning(only)).toBe(false);
    expect(await log()).toBe("");
  });

  it("does not outlive a supervisor that was killed", async () => {
    const { supervisor, nthRun } = await startSupervised();
    const only = await nthRun(1);
    signalProcess(supervisor, "SIGKILL");
    await waitUntil("it has ended", () => !isRunning(only));
  });
});
