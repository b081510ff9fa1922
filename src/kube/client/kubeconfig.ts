import type { RequestOptions } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { KubeConfig } from "@kubernetes/client-node";

export interface TlsOptions {
  readonly ca?: NonNullable<ConnectionOptions["ca"]>;
  readonly cert?: NonNullable<ConnectionOptions["cert"]>;
  readonly key?: NonNullable<ConnectionOptions["key"]>;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** What a client needs in order to reach and convince an API server. */
export interface Cluster {
  readonly server: URL;
  /** The namespace of the context or of the service account. */
  readonly namespace: string | undefined;
  /** TLS options for a new connection. Read again now and then, so that rotated certificates are picked up. */
  readonly tls: () => Promise<TlsOptions>;
  /** Headers for one request; a rotated token file is read within about a minute. */
  readonly authHeaders: () => Promise<Readonly<Record<string, string>>>;
  /** Forgets cached credentials after a 401; false where that was done only moments ago. */
  readonly refresh: () => boolean;
}

export interface ClusterOptions {
  /** Path of a kubeconfig; without it KUBECONFIG, ~/.kube/config, then the Pod's service account. */
  readonly kubeconfig?: string;
  /** A context of that kubeconfig in place of its current one. */
  readonly context?: string;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

interface Credentials {
  readonly tls: TlsOptions;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long credentials are used before client-node, which reads certificates from disk each time, is asked again. */
const credentialsTtlMs = 10_000;
/** With credentials that are simply wrong, every request would otherwise start the kubeconfig's exec plugin. */
const refreshIntervalMs = 10_000;

/**
 * Finds the cluster and the user to be, through client-node (files, in-cluster token, exec plugins).
 * @throws Error where there is no such context, no cluster, a proxy (not supported), or plain http without insecure-skip-tls-verify.
 */
export function loadCluster(options: ClusterOptions = {}): Cluster {
  const now = options.now ?? (() => performance.now());
  let config = readConfig(options);
  const context = config.getContextObject(config.getCurrentContext());
  const server = findServer(config);
  let cached: { readonly value: Promise<Credentials>; readonly until: number } | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;

  const credentials = (): Promise<Credentials> => {
    if (cached === undefined || now() >= cached.until) {
      const value = readCredentials(config);
      const entry = { value, until: now() + credentialsTtlMs };
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
    tls: async () => (await credentials()).tls,
    authHeaders: async () => (await credentials()).headers,
    refresh: () => {
      if (now() - refreshedAt < refreshIntervalMs) return false;
      refreshedAt = now();
      // A new KubeConfig: client-node's authenticators keep tokens of their own and know nothing of a 401.
      config = readConfig(options);
      cached = undefined;
      return true;
    },
  };
}

function readConfig(options: ClusterOptions): KubeConfig {
  const config = new KubeConfig();
  if (options.kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(options.kubeconfig);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  return config;
}

function findServer(config: KubeConfig): URL {
  const name = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`no cluster for the context ${JSON.stringify(name)}`);
  // What client-node makes up when it has found nothing.
  if (name === "loaded-context" && cluster.server === "http://localhost:8080") {
    throw new Error("no cluster: there is no kubeconfig and no service account");
  }
  if (cluster.proxyUrl) throw new Error(`cluster ${cluster.name}: proxy-url is not supported`);
  const server = new URL(cluster.server);
  if (server.protocol !== "https:" && !(server.protocol === "http:" && cluster.skipTLSVerify)) {
    throw new Error(`cluster ${cluster.name}: ${server.protocol}// is not allowed without insecure-skip-tls-verify`);
  }
  return server;
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const found: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(found);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(found.headers ?? {})) {
    // A token file may end in a newline, which is no legal header.
    headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof found.auth === "string") headers.authorization = `Basic ${Buffer.from(found.auth).toString("base64")}`;
  const { ca, cert, key, rejectUnauthorized, servername } = found;
  return {
    headers,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(servername === undefined ? {} : { servername }),
    },
  };
}
