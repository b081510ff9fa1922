import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Runnable } from "./manager.ts";

export interface HttpReply {
  readonly code: number;
  /** The content type. */
  readonly type: string;
  readonly body: string;
}

export interface Route {
  /** Matches this path exactly, with any query. */
  readonly path: string;
  /** Default: GET and HEAD. A HEAD request gets the reply without its body. */
  readonly methods?: readonly string[];
  /** An error that it throws is a reply with code 500 and the error's message. */
  readonly handle: (request: IncomingMessage) => Promise<HttpReply> | HttpReply;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly routes: readonly Route[];
}

export interface HttpServer extends Runnable {
  /** The port in use; throws before `start`. */
  readonly port: () => number;
}

const READ = ["GET", "HEAD"];

/** Serves routes by path: 404 for other paths, 405 for other methods. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const routes = new Map(options.routes.map((route) => [route.path, route]));
  const server = createServer((request, response) => {
    reply(routes, request).then(
      (answer) => send(request, response, answer),
      (error: unknown) => send(request, response, textReply(500, `${describeError(error)}\n`)),
    );
  });
  return {
    name: "http",
    port: () => {
      const address = server.address() as AddressInfo | null;
      if (address === null) throw new Error("the HTTP server does not listen");
      return address.port;
    },
    start: async () => await listen(server, options),
    stop: async (deadline) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = () => server.closeAllConnections();
      server.closeIdleConnections();
      if (deadline.aborted) cut();
      else deadline.addEventListener("abort", cut, { once: true });
      await closed;
      deadline.removeEventListener("abort", cut);
    },
  };
}

export function textReply(code: number, body: string): HttpReply {
  return { code, type: "text/plain; charset=utf-8", body };
}

/** The message of an error, on one line. Never throws: its callers have no other handler. */
export function describeError(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).replaceAll("\n", " ");
  } catch {
    return "an error without a message";
  }
}

async function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function reply(routes: ReadonlyMap<string, Route>, request: IncomingMessage): Promise<HttpReply> {
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  const route = routes.get(path);
  if (route === undefined) return textReply(404, "not found\n");
  const { methods = READ, handle } = route;
  if (!methods.includes(request.method ?? "")) return textReply(405, `allowed: ${methods.join(", ")}\n`);
  return await handle(request);
}

function send(request: IncomingMessage, response: ServerResponse, { code, type, body }: HttpReply): void {
  response.writeHead(code, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
