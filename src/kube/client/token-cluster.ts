import type { Cluster } from "./kubeconfig.ts";

/** Where the tokens of a client come from. */
export interface TokenSource {
  readonly token: () => Promise<string>;
  /** After a 401: false if another token cannot be had yet. */
  readonly drop: () => boolean;
}

/**
 * The same API server with the rights of a token alone. Nothing of the cluster's own credentials is sent: a client
 * certificate would count before the token.
 */
export function withToken(cluster: Cluster, { token, drop }: TokenSource): Cluster {
  let last: { readonly from: object; readonly tls: Awaited<ReturnType<Cluster["tls"]>> } | undefined;
  return {
    ...cluster,
    tls: async () => {
      const from = await cluster.tls();
      if (last?.from !== from) {
        const { cert: _, key: __, ...tls } = from;
        last = { from, tls };
      }
      return last.tls;
    },
    authHeaders: async () => ({ authorization: `Bearer ${await token()}` }),
    refresh: drop,
  };
}
