import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A wire to a server that a test can cut, as a killed server does, or freeze, as a lost network does. */
export interface Wire {
  readonly url: URL;
  /** Ends the connections there are; new ones work at once. */
  readonly drop: () => void;
  /** Ends all connections, and refuses new ones until `restore`. */
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
  /**
   * Keeps the connections there are open, and lets nothing through them. New ones work. With `quietForMs`, only those on which
   * the client has said nothing for so long: such as watches, and not what it asks again and again.
   */
  readonly freeze: (quietForMs?: number) => void;
  readonly close: () => Promise<void>;
}

export async function startWire(target: URL): Promise<Wire> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const spoken = new WeakMap<Socket, number>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    spoken.set(client, performance.now());
    client.on("data", () => spoken.set(client, performance.now()));
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
        if (performance.now() - (spoken.get(client) ?? 0) < quietForMs) continue;
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
