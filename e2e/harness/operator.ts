import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createGuard } from "./guard.ts";
import type { OperatorProgram } from "./operator-program.ts";
import { endProcess, isRunning, launchProcess, type ProcessRef } from "./processes.ts";
import { RESTARTED } from "./supervise.ts";
import { waitUntil } from "./wait.ts";

export interface OperatorSpec {
  /** Folder of its mirrors and its log. */
  readonly dir: string;
  /** File with the token of the operator's ServiceAccount. */
  readonly kubeconfig: string;
  /** Namespaces to watch; all by default. */
  readonly namespaces?: readonly string[];
  /** Namespace of its Lease; the chart's by default. */
  readonly leaseNamespace?: string;
  readonly logLevel?: "debug" | "info";
  /** Allowed transports beside https and ssh; http and file by default. */
  readonly transports?: readonly ("http" | "file")[];
  /** PKGSERVER_CONTENTS_BUDGET. */
  readonly contentsBudget?: string;
  /** PKGSERVER_LEASE_DURATION. */
  readonly leaseDuration?: string;
  /** PKGSERVER_GIT_LIST_TIMEOUT, …_FETCH_TIMEOUT and …_PUSH_TIMEOUT. */
  readonly gitTimeouts?: { readonly list?: string; readonly fetch?: string; readonly push?: string };
  /** On loopback; a free one by default. */
  readonly port?: number;
  /** src/main.ts by default. */
  readonly program?: OperatorProgram;
  /** It is started again whenever it ends; needs a `port`, to have the same one again. */
  readonly supervised?: boolean;
  /** More environment variables, for programs of tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The operator as a process. */
export interface OperatorProcess {
  /** Its supervisor, if it is supervised. */
  readonly ref: ProcessRef;
  /** Base URL of /healthz, /readyz and /metrics. */
  readonly url: string;
  readonly logFile: string;
  /** Folder of its mirrors. */
  readonly dataDir: string;
  /** All lines of its log, parsed. */
  log(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The last 4 KiB of its log since it was started, for errors of tests. */
  logTail(): string;
  /** Stops it as Kubernetes does: SIGTERM, and SIGKILL after 30 s. */
  stop(): Promise<void>;
  /** Null while it runs, and if a signal ended it. */
  exitCode(): number | null;
  /** Sends SIGKILL. */
  kill(): Promise<void>;
  /** Lets it outlive this process. Until then it ends with it. */
  detach(): void;
}

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

/** Starts the operator and waits until it is ready. */
export async function startOperator(spec: OperatorSpec): Promise<OperatorProcess> {
  const logFile = join(spec.dir, "operator.log");
  const dataDir = join(spec.dir, "operator-data");
  const logOffset = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  // Any free port for the inspector: several operators of this machine may have one.
  const program = ["--inspect-port=0", spec.program?.file ?? join(PROJECT_ROOT, "src", "main.ts")];
  const supervisor = [join(import.meta.dirname, "supervise.ts"), process.execPath];
  const launched = await launchProcess({
    command: process.execPath,
    args: spec.supervised === true ? [...supervisor, ...program] : program,
    logFile,
    env: {
      // Half of the time of a start is compilation.
      NODE_COMPILE_CACHE: spec.program?.compileCache ?? join(PROJECT_ROOT, "node_modules", ".cache", "node"),
      KUBECONFIG: spec.kubeconfig,
      PKGSERVER_DATA_DIR: dataDir,
      PKGSERVER_LISTEN: `127.0.0.1:${spec.port ?? 0}`,
      PKGSERVER_ALLOWED_TRANSPORTS: (spec.transports ?? ["http", "file"]).join(","),
      PKGSERVER_WATCH_NAMESPACES: (spec.namespaces ?? []).join(","),
      PKGSERVER_LOG_LEVEL: spec.logLevel ?? "info",
      // By default tests would wait half a minute for each change of an object.
      PKGSERVER_OBJECTS_INTERVAL: "1s",
      ...(spec.contentsBudget !== undefined && { PKGSERVER_CONTENTS_BUDGET: spec.contentsBudget }),
      ...(spec.leaseDuration !== undefined && { PKGSERVER_LEASE_DURATION: spec.leaseDuration }),
      ...Object.fromEntries(
        Object.entries(spec.gitTimeouts ?? {}).map(([of, limit]) => [
          `PKGSERVER_GIT_${of.toUpperCase()}_TIMEOUT`,
          limit,
        ]),
      ),
      ...(spec.leaseNamespace !== undefined && { PKGSERVER_NAMESPACE: spec.leaseNamespace }),
      ...(spec.program !== undefined && { NODE_OPTIONS: spec.program.nodeOptions }),
      ...spec.env,
    },
  });
  const guard = createGuard();
  guard.watch(launched.ref);
  let url = "";
  const end = async (graceMs: number) => {
    await endProcess(launched.ref, { graceMs });
    guard.release(launched.ref);
    guard.close();
  };
  try {
    const state = await waitUntil("the operator is ready", async () => {
      // The whole log: with much work at the start, the last lines are about other things.
      const log = (await readFile(logFile)).subarray(logOffset).toString("utf8");
      if (!isRunning(launched.ref) || log.includes(RESTARTED)) return "ended";
      // The operator chooses the port itself, so that no other process can take it in between.
      url = `http://127.0.0.1:${parseLog(log).find((line) => line.msg === "serving")?.port}`;
      return log.includes('"msg":"ready"') && (await fetch(`${url}/readyz`)).ok && "ready";
    });
    if (state === "ended") throw new Error(`the operator has ended:\n${launched.logTail()}`);
  } catch (error) {
    await end(0);
    throw error;
  }
  return {
    ref: launched.ref,
    url,
    logFile,
    dataDir,
    log: async () => parseLog(await readFile(logFile, "utf8")),
    logTail: launched.logTail,
    stop: async () => await end(30_000),
    exitCode: launched.exitCode,
    kill: async () => await end(0),
    detach: () => {
      guard.release(launched.ref);
      guard.close();
    },
  };
}

function parseLog(text: string): readonly Readonly<Record<string, unknown>>[] {
  // The last line may be incomplete.
  const lines = text.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
