import { describe, expect, it } from "vitest";
import { LeaseMemory, type LeaseReport } from "./lease-messages.ts";
import { startLeaseWorker } from "./lease-worker.ts";

const memory = new LeaseMemory();
const data = {
  namespace: "pkgserver-system",
  name: "pkgserver",
  identity: "a",
  leaseDurationMs: 15_000,
  logLevel: "info",
  memory: memory.buffer,
} as const;

/** The reports of a thread that runs this program, until one of this kind. */
async function reportsOf(program: string, until: LeaseReport["kind"]): Promise<readonly LeaseReport[]> {
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const connection = startLeaseWorker(url, data);
  const reports: LeaseReport[] = [];
  await new Promise<void>((resolve) => {
    connection.onMessage((report) => {
      reports.push(report);
      if (report.kind === until) resolve();
    });
    connection.post({ kind: "settled", epoch: 7 });
  });
  connection.close();
  return reports;
}

const THREADS = 'import { parentPort, workerData } from "node:worker_threads";';

describe("startLeaseWorker", () => {
  it("exchanges messages with a thread, and shares the memory with it", async () => {
    const program = `${THREADS}
      parentPort.once("message", ({ epoch }) => {
        new BigInt64Array(workerData.memory)[0] = 5000000n;
        const members = { [workerData.identity]: 1 };
        parentPort.postMessage({ kind: "membership", membership: { epoch, members, draining: [] } });
        parentPort.postMessage({ kind: "stopped" });
      });
      setInterval(() => {}, 1_000);`;
    expect(await reportsOf(program, "stopped")).toEqual([
      { kind: "membership", membership: { epoch: 7, members: { a: 1 }, draining: [] } },
      { kind: "stopped" },
    ]);
    expect(memory.memberUntil).toBe(5_000);
  });

  it.each([
    ["throws", 'throw new RangeError("in the thread")'],
    ["cannot be loaded", 'import "./does-not-exist.js"'],
  ])("reports the error of a thread that %s, and that the Lease is lost", async (_, program) => {
    expect(await reportsOf(program, "lost")).toEqual([
      { kind: "error", error: expect.objectContaining({ message: expect.any(String) }) },
      { kind: "lost" },
    ]);
  });

  it("reports that the Lease is lost if the thread ends without an error", async () => {
    expect(await reportsOf("process.exit(0)", "lost")).toEqual([{ kind: "lost" }]);
  });
});
