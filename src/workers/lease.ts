import { write } from "node:fs";
import { Writable } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";
import { LeaseMemory, type LeaseReport } from "../controllers/sharding/lease-messages.ts";
import type { LeaseWorkerData } from "../controllers/sharding/lease-worker.ts";
import { serveLease } from "../controllers/sharding/serve-lease.ts";
import { LOOK_INTERVAL_MS, StandstillWatch } from "../controllers/sharding/standstill.ts";
import { KubeClient } from "../kube/client/client.ts";
import { loadCluster } from "../kube/client/kubeconfig.ts";
import { systemClock } from "../kube/clock.ts";
import { createLog } from "../runtime/log.ts";
import { monotonicMs } from "../runtime/shared-clock.ts";

/**
 * The thread that renews the Lease, with connections and credentials of its own. It shares nothing with the main thread
 * but two points in time, and lives as long as that one.
 */
const { memory: buffer, logLevel, ...settings } = workerData as LeaseWorkerData;
const port = parentPort;
if (port === null) throw new Error("this program is started as a thread of the operator");
const memory = new LeaseMemory(buffer);
const post = (report: LeaseReport) => port.postMessage(report);

// The main thread would print what this one writes to process.stdout, once it is no longer busy. Not writeSync: that
// one may be waiting for the reader of a full pipe, and this one must not. Errors are ignored: there is no other log.
const stdout = new Writable({ write: (chunk: Buffer, _, done) => write(1, chunk, () => done()) });
const log = createLog({ level: logLevel, stream: stdout });
const watch = new StandstillWatch({
  now: monotonicMs,
  freeAt: () => memory.freeAt,
  onStandstill: (ms) => log.warn("the event loop stands still, and the Lease is renewed", { seconds: ms / 1000 }),
});
setInterval(() => watch.look(), LOOK_INTERVAL_MS).unref();

serveLease({
  ...settings,
  client: new KubeClient({
    cluster: loadCluster(),
    fieldManager: settings.name,
    userAgent: settings.name,
    connections: 2,
    observe: ({ code, method }) => post({ kind: "apiCall", code, method }),
  }),
  clock: { ...systemClock, now: monotonicMs },
  port: { post, onMessage: (handler) => void port.on("message", handler) },
  memory,
  // A busy main thread executes no process.exit. The kernel ignores the signal where the operator is process 1.
  kill: () => void process.kill(process.pid, "SIGKILL"),
});
