import { extname, join } from "node:path";
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import { FileChecks } from "../controllers/package-revision/checks/file-checks.ts";
import { MirrorPool } from "../controllers/repository/mirror-pool.ts";
import { RepositoryRegistry } from "../controllers/repository/repository-registry.ts";
import { ReplicaLease } from "../controllers/sharding/lease.ts";
import { ShardOwnership } from "../controllers/sharding/ownership.ts";
import { createRebalancer } from "../controllers/sharding/rebalance.ts";
import type { ControllerContext } from "../controllers/shared/context.ts";
import { assertCachesFresh, createInformers, informersRunnable } from "../controllers/shared/informers.ts";
import { makeControllers } from "../controllers/shared/make-controllers.ts";
import type { FailpointHook } from "../core/ports/failpoint.ts";
import { FILE_CHECKS } from "../core/validation/checks/registry.ts";
import type { CheckResult, FileCheckCall } from "../core/validation/file-check.ts";
import { KubeClient } from "../kube/client/client.ts";
import { loadCluster } from "../kube/client/kubeconfig.ts";
import { systemClock } from "../kube/clock.ts";
import { EventRecorder } from "../kube/event-recorder.ts";
import { createHealthServer } from "../runtime/health.ts";
import { createLog, type RootLogger } from "../runtime/log.ts";
import { Manager, type Runnable } from "../runtime/manager.ts";
import { ControllerMetrics } from "../runtime/metrics.ts";
import { unlessAborted } from "../runtime/unless-aborted.ts";
import { WorkerProcess } from "../runtime/worker-process.ts";
import { DEFAULT_LIMITS } from "../storage/git/exec/environment.ts";
import type { Config } from "./config.ts";

const MINIMUM_NODE = 24;
const COMPONENT = "pkgserver";
/** A megabyte that is nothing but small values takes some seconds and 400 MB; an ordinary one much less. */
const CHECKING = { timeoutMs: 60_000, idleMs: 10_000, memoryMb: 512 } as const;

/** What tests of faults put in. */
export interface Hooks {
  readonly onFailpoint?: FailpointHook;
  /** How long a watch may be silent. */
  readonly watchSilenceMs?: number;
}

/** Runs the operator until it is told to stop by a signal; resolves when it is ready. */
export async function runOperator(config: Config, hooks: Hooks = {}): Promise<void> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < MINIMUM_NODE)
    throw new Error(`Node ${process.versions.node} is too old: ${MINIMUM_NODE} or later is needed`);
  const log = createLog({ level: config.logLevel });
  const fatal = (reason: string) => {
    log.error("ending at once", { reason });
    process.exit(1);
  };
  const manager = compose(config, { log, fatal, hooks });
  const stop = async (signal: string) => {
    log.info("stopping", { signal });
    const late = await manager.stop();
    log.info("stopped", { late });
    process.exit(late.length === 0 ? 0 : 1);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(signal));
  await manager.start();
  log.info("ready", { namespaces: config.watchNamespaces, dataDir: config.dataDir });
}

interface Surroundings {
  readonly log: RootLogger;
  /** Ends the process. */
  readonly fatal: (reason: string) => void;
  readonly hooks: Hooks;
}

/** Puts the operator together. */
function compose(config: Config, { log, fatal, hooks }: Surroundings): Manager {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const client = makeClient(registry, hooks);
  const onError = (error: unknown) => log.warn("an API call failed and is tried again", { error });
  const events = new EventRecorder({
    client,
    reportingController: "pkgserver.dev/operator",
    reportingInstance: config.identity,
    onError,
  });
  const { watchNamespaces: namespaces } = config;
  const sources = createInformers({ client, namespaces, onError, silenceMs: hooks.watchSilenceMs });
  const now = () => new Date();
  const settings = {
    ambient: config.gitEnvironment,
    transports: config.allowedTransports,
    limits: { ...DEFAULT_LIMITS, ...config.gitTimeouts },
    ...hooks,
  };
  // The bundle is one file beside the folder of its workers; in the source this file has a folder of its own.
  const folder = import.meta.url.endsWith("/app/build-operator.ts") ? "../workers" : "./workers";
  const url = new URL(`${folder}/file-check${extname(import.meta.url)}`, import.meta.url);
  const worker = new WorkerProcess<FileCheckCall, CheckResult>({ url, ...CHECKING });
  const operator: ControllerContext = {
    client,
    events,
    log,
    mirrors: new MirrorPool({
      dir: join(config.dataDir, "mirrors"),
      settings,
      log,
      now,
      // The Repository asks the remote once more, tells what it hears, and goes on trying, ever more slowly.
      onRefused: (key) => {
        reconciler.expire(key);
        controllers.repository.enqueue(key);
      },
    }),
    registry: new RepositoryRegistry(),
    ownership: new ShardOwnership(config.identity, sources.repositories.lister),
    checks: new FileChecks({
      checks: FILE_CHECKS,
      worker,
      log,
      onReport: (key) => controllers.revision.enqueue(key, { priority: "low" }),
    }),
    allowedTransports: config.allowedTransports,
    repositories: sources.repositories.lister,
    revisions: sources.revisions.lister,
    contents: sources.contents.lister,
    contentsBudget: config.contentsBudget,
    now,
    uptimeMs: systemClock.now,
  };
  const { controllers, reconciler } = makeControllers(operator, sources, new ControllerMetrics(registry));
  const share = createRebalancer(operator, { controllers, reconciler }, (epoch) => lease.settled(epoch));
  const lease = new ReplicaLease({
    client,
    namespace: config.namespace,
    name: COMPONENT,
    identity: config.identity,
    leaseDurationMs: config.leaseDurationMs,
    renewDeadlineMs: (config.leaseDurationMs * 2) / 3,
    retryPeriodMs: (config.leaseDurationMs * 2) / 15,
    onError,
    onSeen: (membership) => void share(membership).catch(onError),
    onLost: () => fatal("this replica's part in the Lease was lost"),
  });
  const upToDate = () => {
    // A replica that waits for the Lease is as ready as it can be: a rolling update ends the one before it only then.
    if (!lease.isMember) return;
    assertCachesFresh(sources);
  };
  const health = createHealthServer({ ...config.listen, registry, readyz: { caches: upToDate } });
  const clones: Runnable = {
    name: "clones",
    // After the watches: all Repositories are known, and none has a clone yet.
    start: async () => await reconciler.removeUnusedClones(),
    stop: async () => await operator.mirrors.closeAll(),
  };
  const checking: Runnable = { name: "checking", start: async () => {}, stop: async () => await worker.close() };
  const announcement: Runnable = {
    name: "announcement",
    start: async () => log.info("serving", { host: config.listen.host, port: health.port() }),
    stop: async () => {},
  };
  const runnables = [
    health,
    announcement,
    membership(lease),
    informersRunnable(sources),
    clones,
    checking,
    controllers.repository,
    controllers.revision,
  ];
  return new Manager({ log, runnables });
}

function makeClient(registry: Registry, hooks: Hooks): KubeClient {
  const calls = new Counter({
    name: "rest_client_requests_total",
    help: "Requests to the API server",
    labelNames: ["code", "method"],
    registers: [registry],
  });
  return new KubeClient({
    cluster: loadCluster(),
    fieldManager: COMPONENT,
    userAgent: COMPONENT,
    observe: ({ code, method }) => calls.inc({ code: String(code), method }),
    ...hooks,
  });
}

/** What comes after starts only when this replica takes part in the work; the others need not wait when it stops in order. */
function membership(lease: ReplicaLease): Runnable {
  return {
    name: "membership",
    start: async (stopping) => {
      await unlessAborted(stopping, lease.start());
    },
    stop: async () => await lease.stop(),
  };
}
