import { join } from "node:path";
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import { VERSION } from "../api/version.ts";
import { setupAdmissionPolicies } from "../controllers/admission-policies/setup.ts";
import { type PackageRevisionOptions, setupPackageRevision } from "../controllers/package-revision/setup.ts";
import { setupPackageVariant } from "../controllers/package-variant/setup.ts";
import { setupPackageVariantSet } from "../controllers/package-variant-set/setup.ts";
import { setupRepository } from "../controllers/repository/setup.ts";
import { LeaseMemory } from "../controllers/sharding/lease-messages.ts";
import { setupSharding } from "../controllers/sharding/setup.ts";
import type { ControllerContext } from "../controllers/shared/context.ts";
import { ControllerRegistry } from "../controllers/shared/controllers.ts";
import { InformerFactory } from "../controllers/shared/informers.ts";
import { setupSigning } from "../controllers/signing/setup.ts";
import { watchKeys } from "../controllers/signing/watches.ts";
import type { PackageApis } from "../core/dependencies/package-apis.ts";
import type { MergeResult } from "../core/merge/merge-call.ts";
import type { FailpointHook } from "../core/ports/failpoint.ts";
import type { ProcessResult } from "../core/processing/process-package.ts";
import { FILE_CHECKS } from "../core/validation/checks/registry.ts";
import type { CheckResult, FileCheckCall } from "../core/validation/file-check.ts";
import type { RuntimeSource } from "../function-runtime/runtime-source.ts";
import { KubeClient } from "../kube/client/client.ts";
import { loadCluster } from "../kube/client/kubeconfig.ts";
import { type TokenSource, withToken } from "../kube/client/token-cluster.ts";
import { systemClock } from "../kube/clock.ts";
import { EventRecorder } from "../kube/event-recorder.ts";
import { ServiceAccountClients } from "../kube/objects/service-account-clients.ts";
import { CrashJournal } from "../runtime/crash-journal.ts";
import { EventLoopMonitor } from "../runtime/event-loop-monitor.ts";
import { healthRoute } from "../runtime/health.ts";
import { createHttpServer, type HttpServer } from "../runtime/http-server.ts";
import { createLog, type RootLogger } from "../runtime/log.ts";
import { Manager, type Runnable } from "../runtime/manager.ts";
import { ControllerMetrics } from "../runtime/metrics.ts";
import { metricsRoute } from "../runtime/metrics-route.ts";
import { monotonicMs } from "../runtime/shared-clock.ts";
import { WorkerProcess } from "../runtime/worker-process.ts";
import type { GitSettings } from "../storage/git/exec/environment.ts";
import { GitMemory } from "../storage/git/exec/git-memory.ts";
import { DEFAULT_LIMITS } from "../storage/git/exec/limits.ts";
import type { GitSigning } from "../storage/git/signing/keyring.ts";
import type { PackageCall } from "../workers/packages.ts";
import type { Config } from "./config.ts";
import { connectLease } from "./connect-lease.ts";
import { type Functions, loadFunctions } from "./functions.ts";
import { exitFatally, stopOnSignals } from "./shutdown.ts";
import { workerUrl } from "./worker-url.ts";

const MINIMUM_NODE = 24;
/** The field manager, the user agent and the name of the Lease. */
const COMPONENT = "pkgserver";
/** A megabyte of nothing but small values takes seconds and 400 MB to check; ordinary YAML takes much less. */
/** The first package of a process waits for the schemas, so that it is kept for longer. */
const PROCESS_LIMITS = { timeoutMs: 120_000, idleMs: 60_000, memoryMb: 768 } as const;
const SCHEMA_LIMITS = { timeoutMs: 30_000, idleMs: 10_000, memoryMb: 768 } as const;
const CHECK_LIMITS = { timeoutMs: 60_000, idleMs: 10_000, memoryMb: 512 } as const;

/** Set by tests of faults only. */
export interface Hooks {
  readonly onFailpoint?: FailpointHook;
  /** How long a watch may be silent. */
  readonly watchSilenceMs?: number;
}

/** Runs the operator until a signal stops it. Resolves when it is ready. */
export async function runOperator(config: Config, hooks: Hooks = {}): Promise<void> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < MINIMUM_NODE)
    throw new Error(`Node ${process.versions.node} is too old: ${MINIMUM_NODE} or later is needed`);
  const log = createLog({ level: config.logLevel });
  const journal = new CrashJournal({
    file: join(config.dataDir, "crash-journal.json"),
    limit: config.limits.crashes,
    onError: (error) => log.warn("what is being read cannot be recorded, in case the process ends", { error }),
  });
  const functions = await loadFunctions(config.functionsFile);
  const manager = buildOperator(config, functions, log, journal, hooks);
  stopOnSignals(manager, log, journal);
  await manager.start();
  log.info("ready", { namespaces: config.watchNamespaces, dataDir: config.dataDir });
}

/** The composition root: creates all components, and is the one list of the controllers. Starts nothing. */
function buildOperator(
  config: Config,
  functions: Functions,
  log: RootLogger,
  journal: CrashJournal,
  hooks: Hooks,
): Manager {
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const countCall = countApiCalls(metrics);
  const client = createClient(countCall, hooks);
  const onError = (error: unknown) => log.warn("an API call failed and is tried again", { error });
  const informers = new InformerFactory({
    client,
    namespaces: config.watchNamespaces,
    onError,
    ...(hooks.watchSilenceMs !== undefined && { silenceMs: hooks.watchSilenceMs }),
  });
  const { identity, namespace: leaseNamespace, leaseDurationMs, logLevel } = config;
  const settings = { identity, namespace: leaseNamespace, name: COMPONENT, leaseDurationMs, logLevel };
  const memory = new LeaseMemory();
  const loop = new EventLoopMonitor({
    registry: metrics,
    onFree: () => {
      memory.freeAt = monotonicMs();
    },
  });
  const { ownership, membership, isMember } = setupSharding({
    connect: () => connectLease(settings, memory, hooks.onFailpoint === undefined ? undefined : client),
    memory,
    informers,
    log,
    onError,
    onApiCall: countCall,
    identity,
    onLost: () => exitFatally(log, "this replica's part in the Lease was lost", journal),
  });
  const controllers = new ControllerRegistry({ informers, log, metrics: new ControllerMetrics(metrics) });
  const policies = setupAdmissionPolicies(controllers, {
    client,
    log,
    onError,
    metrics,
    ...(hooks.watchSilenceMs !== undefined && { silenceMs: hooks.watchSilenceMs }),
  });
  const context: ControllerContext = {
    client,
    events: createRecorder(client, config.identity, onError),
    log,
    ownership,
    policies,
    onError,
    now: () => new Date(),
    uptimeMs: systemClock.now,
  };

  const { namespace, signingSecret: secretName } = config;
  const watches = watchKeys({ client, namespace, secretName, onError });
  const signing = setupSigning({ client, namespace, secretName, watches, log, onError });
  const source = setupRepository(controllers, context, {
    mirrorsDir: join(config.dataDir, "mirrors"),
    git: gitSettings(config, signing.keyring, hooks),
    keysChanged: signing.channel,
    allowedTransports: config.allowedTransports,
    contentsBudget: config.contentsBudget,
    maxSecretValue: config.maxSecretValue,
    journal,
    maxRevisions: config.limits.revisions,
    maxRepositories: config.limits.repositories,
  });
  const accounts = createAccounts(client, countCall);
  setupPackageRevision(controllers, context, {
    source,
    checks: FILE_CHECKS,
    worker: createCheckWorker(),
    ...createPackageWorkers(functions.source),
    schemaReader: new WorkerProcess({ url: workerUrl("read-schemas"), ...SCHEMA_LIMITS }),
    environment: { version: VERSION, functions: functions.versions },
    accounts,
    objectsIntervalMs: config.objectsIntervalMs,
  });
  setupPackageVariant(controllers, context, source);
  setupPackageVariantSet(controllers, context, accounts, config.objectsIntervalMs);

  const caches = () => {
    // A replica that waits for its part of the work is ready: a rolling update ends the previous one only then.
    if (isMember()) informers.assertFresh();
  };
  const routes = [
    healthRoute("healthz"),
    healthRoute("readyz", { caches, "event-loop": () => loop.check() }),
    metricsRoute(metrics),
  ];
  const server = createHttpServer({ ...config.listen, routes });
  const serving = [server, announcement(server, config, log)];
  const runnables = [loop, ...serving, signing.runnable, membership, ...controllers.runnables];
  return new Manager({ log, runnables });
}

type CountCall = (call: { readonly code: number | "error"; readonly method: string }) => void;

function countApiCalls(registry: Registry): CountCall {
  const calls = new Counter({
    name: "rest_client_requests_total",
    help: "Requests to the API server",
    labelNames: ["code", "method"],
    registers: [registry],
  });
  return ({ code, method }) => calls.inc({ code: String(code), method });
}

function createClient(observe: CountCall, { onFailpoint }: Hooks): KubeClient {
  return new KubeClient({
    cluster: loadCluster(),
    fieldManager: COMPONENT,
    userAgent: COMPONENT,
    observe,
    onFailpoint,
  });
}

function createAccounts(client: KubeClient, observe: CountCall): ServiceAccountClients {
  const connect = (source: TokenSource) => {
    return new KubeClient({ cluster: withToken(loadCluster(), source), connections: 4, userAgent: COMPONENT, observe });
  };
  return new ServiceAccountClients({ client, connect, now: monotonicMs });
}

function createRecorder(client: KubeClient, identity: string, onError: (error: unknown) => void): EventRecorder {
  const reportingController = "pkgserver.dev/operator";
  return new EventRecorder({ client, reportingController, reportingInstance: identity, onError });
}

function gitSettings(config: Config, signing: GitSigning, { onFailpoint }: Hooks): GitSettings {
  return {
    ambient: config.gitEnvironment,
    transports: config.allowedTransports,
    limits: { ...DEFAULT_LIMITS, ...config.gitTimeouts, ...config.gitLimits },
    signing,
    dataDir: config.dataDir,
    onFailpoint,
    memory: new GitMemory(config.gitLimits.totalMemoryBytes),
  };
}

function createCheckWorker(): WorkerProcess<FileCheckCall, CheckResult> {
  return new WorkerProcess({ url: workerUrl("file-check"), ...CHECK_LIMITS });
}

/** Renders, validates and merges packages, and finds out what they need: in one process, one call after the other. */
function createPackageWorkers(
  functions: RuntimeSource,
): Pick<PackageRevisionOptions, "processor" | "merger" | "apisReader"> {
  const worker = new WorkerProcess<PackageCall, unknown>({ url: workerUrl("packages"), ...PROCESS_LIMITS });
  const close = async () => await worker.close();
  return {
    processor: {
      call: async (call, signal) => (await worker.call({ kind: "process", call, functions }, signal)) as ProcessResult,
      close,
    },
    merger: {
      call: async (call, signal) => (await worker.call({ kind: "merge", call, functions }, signal)) as MergeResult,
      close,
    },
    apisReader: {
      call: async (call, signal) => (await worker.call({ kind: "apis", call }, signal)) as PackageApis,
      close,
    },
  };
}

/** Logs the port, which the system may have chosen. */
function announcement(server: HttpServer, { listen }: Config, log: RootLogger): Runnable {
  return {
    name: "announcement",
    start: async () => log.info("serving", { host: listen.host, port: server.port() }),
    stop: async () => {},
  };
}
