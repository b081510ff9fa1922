import type { RequestOptions } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";
import { parseProxy, proxyFromEnvironment } from "./proxy.ts";

export interface TlsOptions {
  readonly ca?: NonNullable<ConnectionOptions["ca"]>;
  readonly cert?: NonNullable<ConnectionOptions["cert"]>;
  readonly key?: NonNullable<ConnectionOptions["key"]>;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** A header that is sent several times has a list of values. */
export type RequestHeaders = Readonly<Record<string, string | string[]>>;

/** Another user, as whom the requests are carried out: the caller needs the right to impersonate. */
export interface Impersonation {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** Address and credentials of an API server. */
export interface Cluster {
  readonly server: URL;
  /** The namespace of the context or of the ServiceAccount. */
  readonly namespace: string | undefined;
  /** The names of the contexts of the kubeconfig. */
  readonly contexts: readonly string[];
  /** Through which connections are opened. */
  readonly proxy: URL | undefined;
  /** TLS options for a new connection. Read again after 10 seconds, so that rotated certificates are used. */
  readonly tls: () => Promise<TlsOptions>;
  /** Headers for one request. A rotated token file is read within about a minute. */
  readonly authHeaders: () => Promise<RequestHeaders>;
  /**
   * Drops cached credentials after a 401. False if it did so less than 10 seconds ago: a retry would use the same ones.
   */
  readonly refresh: () => boolean;
}

export interface ClusterOptions {
  /** Path of a kubeconfig. If left out: KUBECONFIG, then ~/.kube/config, then the ServiceAccount of the Pod. */
  readonly kubeconfig?: string;
  /** A context of the kubeconfig; its current one if left out. */
  readonly context?: string;
  readonly impersonate?: Impersonation;
  /** With the variables of proxies (HTTPS_PROXY, NO_PROXY), which the kubeconfig's proxy-url precedes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

interface ApiCredentials {
  readonly tls: TlsOptions;
  readonly headers: Readonly<Record<string, string>>;
}

/** client-node reads certificates from disk at each call, so that its result is cached for this time. */
const CREDENTIALS_TTL_MS = 10_000;
/** Wrong credentials would otherwise start the exec plugin of the kubeconfig for every request. */
const REFRESH_INTERVAL_MS = 10_000;

/**
 * Finds the cluster and its credentials with client-node (files, in-cluster token, exec plugins).
 * @throws Error without such a context or cluster, for a proxy that is not understood, and for http without
 * insecure-skip-tls-verify.
 */
export function loadCluster(options: ClusterOptions = {}): Cluster {
  const now = options.now ?? (() => performance.now());
  let config = readConfig(options);
  const context = config.getContextObject(config.getCurrentContext());
  const server = findServer(config);
  const proxyUrl = config.getCurrentCluster()?.proxyUrl;
  let cached: { readonly value: Promise<ApiCredentials>; readonly until: number } | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;

  const credentials = (): Promise<ApiCredentials> => {
    if (cached === undefined || now() >= cached.until) {
      const value = readCredentials(config);
      const entry = { value, until: now() + CREDENTIALS_TTL_MS };
      cached = entry;
      value.catch(() => {
        if (cached === entry) cached = undefined;
      });
    }
    return cached.value;
  };

  return {
    server,
    namespace: context?.namespace ?? undefined,
    proxy: proxyUrl ? parseProxy(proxyUrl) : proxyFromEnvironment(server, options.env ?? {}),
    contexts: config.getContexts().map(({ name }) => name),
    tls: async () => (await credentials()).tls,
    authHeaders: async () => ({ ...(await credentials()).headers, ...impersonationHeaders(options.impersonate) }),
    refresh: () => {
      if (now() - refreshedAt < REFRESH_INTERVAL_MS) return false;
      refreshedAt = now();
      // A new KubeConfig, because the authenticators of client-node cache tokens and do not learn of a 401.
      config = readConfig(options);
      cached = undefined;
      return true;
    },
  };
}

function impersonationHeaders(as: Impersonation | undefined): RequestHeaders {
  if (as === undefined) return {};
  const { user, groups = [] } = as;
  return { "impersonate-user": user, ...(groups.length > 0 && { "impersonate-group": [...groups] }) };
}

function readConfig(options: ClusterOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw error;
    throw new Error(`there is no kubeconfig ${JSON.stringify(path)}`, { cause: error });
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  return config;
}

function findServer(config: KubeConfig): URL {
  const name = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const problem =
      config.getContextObject(name) === null ? "there is no context" : "there is no cluster for the context";
    throw new Error(`${problem} ${JSON.stringify(name)} in the kubeconfig; to see all: kubectl config get-contexts`);
  }
  // client-node returns this cluster if it finds no configuration.
  if (name === "loaded-context" && cluster.server === "http://localhost:8080") {
    throw new Error("no cluster: there is no kubeconfig and no service account");
  }
  const server = new URL(cluster.server);
  if (server.protocol !== "https:" && !(server.protocol === "http:" && cluster.skipTLSVerify)) {
    throw new Error(`cluster ${cluster.name}: ${server.protocol}// is not allowed without insecure-skip-tls-verify`);
  }
  return server;
}

async function readCredentials(config: KubeConfig): Promise<ApiCredentials> {
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // A token file may end in a newline, which is not allowed in a header.
    headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof options.auth === "string") headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return {
    headers,
    tls: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
      ...(servername !== undefined && { servername }),
    },
  };
}
