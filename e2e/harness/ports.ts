import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** As many different ports as asked for, free on 127.0.0.1 a moment ago: someone else may be quicker to take one. */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
