import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * Below those that systems give away by themselves, to connections and to servers that take any: so a server that is killed finds its
 * port free when it is started again.
 */
const PORTS = { first: 15_000, count: 15_000 } as const;

/** As many different ports as asked for, free on 127.0.0.1 a moment ago: someone else may be quicker to take one. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers: { readonly server: Server; readonly port: number }[] = [];
  while (servers.length < count) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    const server = createServer();
    if (await listens(server, port)) servers.push({ server, port });
  }
  await Promise.all(servers.map(({ server }) => once(server.close(), "close")));
  return servers.map(({ port }) => port);
}

async function listens(server: Server, port: number): Promise<boolean> {
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}
