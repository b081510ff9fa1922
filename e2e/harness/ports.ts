import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * Below the ephemeral ports, which systems assign to connections and to servers without a fixed port: so the port of a
 * killed server is still free when the server restarts.
 */
const PORTS = { first: 15_000, count: 15_000 } as const;

/** Different ports of 127.0.0.1 that are free now; another process may take one before the caller does. */
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
