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

/** TLS in front of a port, with the certificate of the test's API server: an authority of its own that nobody trusts unless told. */
export async function startTlsProxy(controlPlane: Pick<ControlPlaneAccess, "dir">, port: number): Promise<LocalServer> {
  const read = (name: string) => readFile(join(controlPlane.dir, "certs", name));
  const [cert, key] = await Promise.all([read("apiserver.crt"), read("apiserver.key")]);
  const server = createTlsServer({ cert, key }, (socket) => {
    const behind = connect(port, "127.0.0.1");
    const end = () => void [socket.destroy(), behind.destroy()];
    for (const one of [socket, behind]) one.on("error", end).on("close", end);
    socket.pipe(behind).pipe(socket);
  });
  return await listen(server);
}

/** Answers everything with a redirect to the same path elsewhere. */
export async function startRedirectServer(to: string): Promise<LocalServer> {
  const server = createHttpServer((request, response) => {
    response.writeHead(302, { location: `${to}${request.url}` }).end();
  });
  return await listen(server);
}

export interface UnresponsiveServer extends LocalServer {
  /** How many connections wait for an answer. */
  waiting(): number;
}

/** Takes connections and never says a word. */
export async function startUnresponsiveServer(): Promise<UnresponsiveServer> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket.on("error", () => undefined).on("close", () => open.delete(socket)));
    // What is not read is not known to have ended.
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
