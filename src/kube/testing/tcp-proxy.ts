import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * A TCP proxy to a server. A test can close its connections, as a killed server does, or freeze them, as a broken
 * network does.
 */
export interface TcpProxy {
  readonly url: URL;
  /** Closes the present connections; new ones work at once. */
  readonly drop: () => void;
  /** Closes all connections and refuses new ones until `restore`. */
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
  /**
   * Keeps the present connections open without forwarding anything. New connections work. With `quietForMs` only
   * connections on which the client has not sent anything for that time: watches, but not connections for requests.
   */
  readonly freeze: (quietForMs?: number) => void;
  readonly close: () => Promise<void>;
}

export async function startTcpProxy(target: URL): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const lastSent = new WeakMap<Socket, number>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    lastSent.set(client, performance.now());
    client.on("data", () => lastSent.set(client, performance.now()));
    client.pipe(upstream).pipe(client);
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.on("close", () => {
        for (const other of pair) other.destroy();
        pairs.delete(pair);
      });
    }
  });
  const port = await listen(server, 0);
  const url = new URL(target);
  url.port = String(port);
  const drop = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  const cut = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    drop();
    await closed;
  };
  return {
    url,
    drop,
    cut,
    restore: async () => void (await listen(server, port)),
    freeze: (quietForMs = 0) => {
      for (const [client, upstream] of pairs) {
        if (performance.now() - (lastSent.get(client) ?? 0) < quietForMs) continue;
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
    },
    close: cut,
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}
