import { parseDuration } from "../core/identity/duration.ts";
import type { Transport } from "../core/identity/url.ts";

/** The operator's configuration. This file is the only reader of process.env. */
export interface Config {
  /** Namespaces to watch; empty: all. */
  readonly watchNamespaces: readonly string[];
  /** The namespace of the operator itself, which contains its Lease. */
  readonly namespace: string;
  /** The Secret in that namespace with the key that signs commits and tags. */
  readonly signingSecret: string;
  /** The folder of the mirrors; it may be deleted at any time. */
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly logLevel: LogLevel;
  /** The file with the settings of functions that are not built in. */
  readonly functionsFile?: string;
  readonly allowedTransports: ReadonlySet<Transport>;
  /**
   * Bytes of JSON that published contents of one Repository may take in the cluster where `spec.contents` is `Auto`.
   */
  readonly contentsBudget: number;
  /** Bytes of a value in a tenant's Secret; a larger one is not used. */
  readonly maxSecretValue: number;
  readonly limits: {
    /** Package revisions of one Repository that get an object in the cluster. */
    readonly revisions: number;
    /** Repositories of one namespace that are used. */
    readonly repositories: number;
    /** Ends of the process in a row during which a Repository was being read, until it is left alone; 0: never. */
    readonly crashes: number;
  };
  /** How long the other replicas wait for a replica that does not report. */
  readonly leaseDurationMs: number;
  /** How often objects of the cluster that packages and sets take data from are read again. */
  readonly objectsIntervalMs: number;
  /** How long a remote may take before git is terminated. */
  readonly gitTimeouts: {
    /** Listing the refs, which every fetch begins with. */
    readonly listMs: number;
    readonly fetchMs: number;
    readonly pushMs: number;
  };
  /** What one remote, one namespace, and all remotes together can make git use. */
  readonly gitLimits: {
    /** Branches and tags of a remote. */
    readonly refs: number;
    /** Bytes of the list of them. */
    readonly refsBytes: number;
    /** Bytes of one mirror on the disk. */
    readonly mirrorBytes: number;
    /** Bytes of all mirrors of a namespace. */
    readonly namespaceBytes: number;
    /** Bytes of memory of all git processes together. */
    readonly totalMemoryBytes: number;
  };
  /** Of this replica; unique among the replicas that run. */
  readonly identity: string;
  /** The variables that git gets: PATH and proxies. */
  readonly gitEnvironment: Readonly<Record<string, string>>;
}

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];
const GIT_VARIABLES = ["PATH", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"];

/** A variable has an invalid value. The message names both, and what is expected. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the configuration. Throws `ConfigError`. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  if (/(^|[\s,])(\*|simple-git)/.test(env.DEBUG ?? "")) {
    throw new ConfigError(`DEBUG is ${env.DEBUG}: simple-git would print passwords; use PKGSERVER_LOG_LEVEL=debug`);
  }
  return {
    watchNamespaces: listOf(env.PKGSERVER_WATCH_NAMESPACES),
    namespace: env.PKGSERVER_NAMESPACE || "pkgserver-system",
    signingSecret: readName("PKGSERVER_SIGNING_SECRET", env.PKGSERVER_SIGNING_SECRET || "pkgserver-signing-key"),
    dataDir: env.PKGSERVER_DATA_DIR || "/var/lib/pkgserver",
    listen: readListen(env.PKGSERVER_LISTEN || "0.0.0.0:8081"),
    logLevel: oneOf("PKGSERVER_LOG_LEVEL", env.PKGSERVER_LOG_LEVEL || "info", LOG_LEVELS),
    ...(env.PKGSERVER_FUNCTIONS && { functionsFile: env.PKGSERVER_FUNCTIONS }),
    allowedTransports: readTransports(env.PKGSERVER_ALLOWED_TRANSPORTS),
    contentsBudget: readBytes("PKGSERVER_CONTENTS_BUDGET", env.PKGSERVER_CONTENTS_BUDGET || "64Mi"),
    maxSecretValue: readBytes("PKGSERVER_MAX_SECRET_VALUE", env.PKGSERVER_MAX_SECRET_VALUE || "64Ki"),
    limits: {
      revisions: readCount("PKGSERVER_LIMIT_REVISIONS", env.PKGSERVER_LIMIT_REVISIONS || "5000"),
      repositories: readCount("PKGSERVER_LIMIT_REPOSITORIES", env.PKGSERVER_LIMIT_REPOSITORIES || "200"),
      crashes:
        env.PKGSERVER_LIMIT_CRASHES === "0"
          ? 0
          : readCount("PKGSERVER_LIMIT_CRASHES", env.PKGSERVER_LIMIT_CRASHES || "3"),
    },
    leaseDurationMs: readSeconds("PKGSERVER_LEASE_DURATION", env.PKGSERVER_LEASE_DURATION || "15s"),
    objectsIntervalMs: readTimeout("PKGSERVER_OBJECTS_INTERVAL", env.PKGSERVER_OBJECTS_INTERVAL || "30s"),
    gitTimeouts: {
      listMs: readTimeout("PKGSERVER_GIT_LIST_TIMEOUT", env.PKGSERVER_GIT_LIST_TIMEOUT || "60s"),
      fetchMs: readTimeout("PKGSERVER_GIT_FETCH_TIMEOUT", env.PKGSERVER_GIT_FETCH_TIMEOUT || "10m"),
      pushMs: readTimeout("PKGSERVER_GIT_PUSH_TIMEOUT", env.PKGSERVER_GIT_PUSH_TIMEOUT || "2m"),
    },
    gitLimits: {
      refs: readCount("PKGSERVER_GIT_LIMIT_REFS", env.PKGSERVER_GIT_LIMIT_REFS || "50000"),
      refsBytes: readBytes("PKGSERVER_GIT_LIMIT_REFS_SIZE", env.PKGSERVER_GIT_LIMIT_REFS_SIZE || "16Mi"),
      mirrorBytes: readBytes("PKGSERVER_GIT_LIMIT_MIRROR_SIZE", env.PKGSERVER_GIT_LIMIT_MIRROR_SIZE || "2Gi"),
      namespaceBytes: readBytes("PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE", env.PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE || "8Gi"),
      totalMemoryBytes: readBytes("PKGSERVER_GIT_LIMIT_MEMORY", env.PKGSERVER_GIT_LIMIT_MEMORY || "256Mi"),
    },
    identity: `${env.HOSTNAME || "local"}_${process.pid}`,
    gitEnvironment: Object.fromEntries(GIT_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
  };
}

function readListen(text: string): Config["listen"] {
  const match = /^(\[[^[\]]+\]|[^[\]]*):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    throw new ConfigError(`PKGSERVER_LISTEN is ${text}: host:port is expected, such as 0.0.0.0:8081`);
  // IPv6 addresses are written in brackets beside a port, and without them everywhere else.
  const host = match[1]?.replace(/^\[(.+)\]$/, "$1");
  return { host: host || "0.0.0.0", port };
}

/** The name of an object. */
function readName(name: string, text: string): string {
  if (text.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text))
    throw new ConfigError(`${name} is ${text}: the name of a Secret is expected, such as pkgserver-signing-key`);
  return text;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

function readBytes(name: string, text: string): number {
  const match = /^([0-9]{1,12})(Ki|Mi|Gi|)$/.exec(text);
  if (match === null) throw new ConfigError(`${name} is ${text}: bytes are expected, such as 64Mi`);
  return Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1);
}

/** More could not be shown as objects of the API anyway. */
const MAX_COUNT = 1_000_000;

function readCount(name: string, text: string): number {
  const count = /^[0-9]{1,7}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_COUNT)
    throw new ConfigError(`${name} is ${text}: a number from 1 to ${MAX_COUNT} is expected, such as 50000`);
  return count;
}

/** Whole seconds, the unit of a Lease. */
function readSeconds(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 2_000 || ms > 600_000 || ms % 1000 !== 0)
    throw new ConfigError(`${name} is ${text}: whole seconds from 2s to 10m are expected, such as 15s`);
  return ms;
}

/** No remote is sure to answer within less than a second, and more than a day is no limit. */
const TIMEOUT_RANGE = { minMs: 1000, maxMs: 24 * 3_600_000 } as const;

function readTimeout(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < TIMEOUT_RANGE.minMs || ms > TIMEOUT_RANGE.maxMs)
    throw new ConfigError(`${name} is ${text}: a duration from 1s to 24h is expected, such as 2m or 90s`);
  return ms;
}

/** https and ssh are always allowed; http and file only if the variable names them. */
function readTransports(text: string | undefined): ReadonlySet<Transport> {
  const more = listOf(text).map((one) =>
    oneOf("PKGSERVER_ALLOWED_TRANSPORTS", one, ["https", "ssh", "http", "file"] as const),
  );
  return new Set<Transport>(["https", "ssh", ...more]);
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new ConfigError(`${name} is ${value}: one of ${allowed.join(", ")} is expected`);
  return found;
}
