import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import type { ControlPlaneAccess } from "../harness/control-plane.ts";

export interface LocalServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts a TLS proxy in front of a port, with the certificate of the test's API server: its authority is not trusted by
 * default.
 */
export async function startTlsProxy(controlPlane: Pick<ControlPlaneAccess, "dir">, port: number): Promise<LocalServer> {
  const read = (name: string) => readFile(join(controlPlane.dir, "certs", name));
  const [cert, key] = await Promise.all([read("apiserver.crt"), read("apiserver.key")]);
  const server = createTlsServer({ cert, key }, (socket) => {
    const upstream = connect(port, "127.0.0.1");
    const end = () => void [socket.destroy(), upstream.destroy()];
    for (const one of [socket, upstream]) one.on("error", end).on("close", end);
    socket.pipe(upstream).pipe(socket);
  });
  return await listen(server);
}

/** Starts a server that redirects every request to the same path below `to`. */
export async function startRedirectServer(to: string): Promise<LocalServer> {
  const server = createHttpServer((request, response) => {
    response.writeHead(302, { location: `${to}${request.url}` }).end();
  });
  return await listen(server);
}

export interface UnresponsiveServer extends LocalServer {
  /** Number of connections that wait for a response. */
  waiting(): number;
}

/** Starts a server that accepts connections and never responds. */
export async function startUnresponsiveServer(): Promise<UnresponsiveServer> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket.on("error", () => undefined).on("close", () => open.delete(socket)));
    // The end of a connection is noticed only while it is read.
    socket.resume();
  });
  const listening = await listen(server);
  return {
    ...listening,
    waiting: () => open.size,
    close: async () => {
      for (const socket of open) socket.destroy();
      await listening.close();
    },
  };
}

async function listen(server: Server): Promise<LocalServer> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    await once(server, "close");
  };
  return { port: (server.address() as AddressInfo).port, close };
}
