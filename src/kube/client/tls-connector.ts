import { buildConnector } from "undici";
import type { Cluster } from "./kubeconfig.ts";
import { openTunnel } from "./proxy.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const TCP_KEEP_ALIVE_MS = 30_000;

/** Connects with the cluster's present TLS options: certificates are rotated while the operator runs. */
export function createTlsConnector(cluster: Cluster): buildConnector.connector {
  let current: { readonly tls: object; readonly connect: buildConnector.connector } | undefined;
  return (target, callback) => {
    cluster
      .tls()
      .then((tls) => {
        if (current?.tls !== tls) {
          const connect = buildConnector({
            ...tls,
            allowH2: false,
            timeout: CONNECT_TIMEOUT_MS,
            keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
          });
          current = { tls, connect };
        }
        const { connect } = current;
        if (cluster.proxy === undefined) connect(target, callback);
        else openTunneled(cluster.proxy, connect, target, callback);
      })
      .catch((error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null));
  };
}

/** TLS is between us and the API server: the proxy only forwards bytes. */
function openTunneled(
  proxy: URL,
  connect: buildConnector.connector,
  target: buildConnector.Options,
  callback: buildConnector.Callback,
): void {
  const isTls = target.protocol === "https:";
  openTunnel(proxy, target.hostname, target.port || (isTls ? "443" : "80")).then(
    (socket) => (isTls ? connect({ ...target, httpSocket: socket }, callback) : callback(null, socket)),
    (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
  );
}
