import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createGuard } from "./guard.ts";
import { endProcess, isRunning, launchProcess, type ProcessRef } from "./processes.ts";
import { waitUntil } from "./wait.ts";

export interface OperatorSpec {
  /** Holds its mirrors and its log. */
  readonly dir: string;
  /** Of the operator's own ServiceAccount. */
  readonly kubeconfig: string;
  /** Where it works; left out: everywhere. */
  readonly namespaces?: readonly string[];
  /** Where its Lease is; that of the chart if left out. */
  readonly leaseNamespace?: string;
  readonly logLevel?: "debug" | "info";
  /** Beside https and ssh; http and file if left out. */
  readonly transports?: readonly ("http" | "file")[];
  /** What PKGSERVER_CONTENTS_BUDGET is to be; the default if left out. */
  readonly contentsBudget?: string;
  /** What PKGSERVER_LEASE_DURATION is to be; the default if left out. */
  readonly leaseDuration?: string;
  /** What the PKGSERVER_GIT_…_TIMEOUT are to be; the defaults if left out. */
  readonly gitTimeouts?: { readonly list?: string; readonly fetch?: string; readonly push?: string };
  /** On loopback; any that is free if left out. */
  readonly port?: number;
  /** The source if left out. */
  readonly program?: OperatorProgram;
  /** What it finds in its environment besides: for programs of tests. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface OperatorProgram {
  readonly file: string;
  readonly nodeOptions: string;
}

/** The real operator, as a process of its own. */
export interface OperatorProcess {
  readonly ref: ProcessRef;
  /** Where /healthz, /readyz and /metrics are. */
  readonly url: string;
  readonly logFile: string;
  /** Where its mirrors are. */
  readonly dataDir: string;
  /** The log's lines since it was started, parsed. */
  log(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** In order, as Kubernetes does: SIGTERM first. */
  stop(): Promise<void>;
  /** As `Launched` has it. */
  exitCode(): number | null;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** From now on it outlives this process; until then it ends with it. */
  detach(): void;
}

const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

/** What the image runs, and how: the bundle that `make build` made, with the Dockerfile's options for Node. */
export async function imageProgram(): Promise<OperatorProgram> {
  const [, nodeOptions] =
    /^ENV .*NODE_OPTIONS="?([^"\s]+)/m.exec(await readFile(join(PROJECT_ROOT, "Dockerfile"), "utf8")) ?? [];
  if (nodeOptions === undefined) throw new Error("the Dockerfile sets no NODE_OPTIONS");
  return { file: join(PROJECT_ROOT, "dist", "main.js"), nodeOptions };
}

/** Starts the operator and waits until it is ready. */
export async function startOperator(spec: OperatorSpec): Promise<OperatorProcess> {
  const logFile = join(spec.dir, "operator.log");
  const dataDir = join(spec.dir, "operator-data");
  const logOffset = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const launched = await launchProcess({
    command: process.execPath,
    args: [spec.program?.file ?? join(PROJECT_ROOT, "src", "main.ts")],
    logFile,
    env: {
      // Most tests start one, or several: half of its start is compiling.
      NODE_COMPILE_CACHE: join(PROJECT_ROOT, "node_modules", ".cache", "node"),
      KUBECONFIG: spec.kubeconfig,
      PKGSERVER_DATA_DIR: dataDir,
      PKGSERVER_LISTEN: `127.0.0.1:${spec.port ?? 0}`,
      PKGSERVER_ALLOWED_TRANSPORTS: (spec.transports ?? ["http", "file"]).join(","),
      PKGSERVER_WATCH_NAMESPACES: (spec.namespaces ?? []).join(","),
      PKGSERVER_LOG_LEVEL: spec.logLevel ?? "info",
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
      if (!isRunning(launched.ref)) return "ended";
      // The whole log: where there is much to do at once, the end of it has long gone on to other things.
      const log = (await readFile(logFile)).subarray(logOffset).toString("utf8");
      // It takes a port itself, so that nobody else can take it in between.
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
  // The last line may be half written.
  const lines = text.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
