import { once } from "node:events";
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";

/**
 * `status`: the response is 500, 502 or 503, and the server gets no request; `cut`: the connection ends after half of
 * the request's body; `truncated`: the response ends after half of its body; `lost`: the server handles the request,
 * and the response is dropped; `dripRequest` and `dripAnswer`: one byte per second.
 */
export type Fault = "status" | "cut" | "truncated" | "lost" | "dripRequest" | "dripAnswer";

/** Purpose of a request of git's; every fetch and push begins with a `list`. */
export type Purpose = "list" | "fetch" | "push";

export interface FaultyProxy {
  readonly port: number;
  /** `http://127.0.0.1:PORT/NAME.git`. */
  url(name: string): string;
  /** Sets the choice of a fault for each request from now on. */
  setFaults(draw: (purpose: Purpose) => Fault | undefined): void;
  /** All faults so far, oldest first. */
  failures(): readonly { readonly fault: Fault; readonly purpose: Purpose }[];
  close(): Promise<void>;
}

/** Starts a proxy in front of a git server on loopback. Without faults it forwards everything. */
export async function startFaultyProxy(target: { readonly port: number }): Promise<FaultyProxy> {
  const failures: { fault: Fault; purpose: Purpose }[] = [];
  let draw: (purpose: Purpose) => Fault | undefined = () => undefined;
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const purpose = purposeOf(request, body);
    const fault = draw(purpose);
    if (fault !== undefined) failures.push({ fault, purpose });
    await forward({ port: target.port, request, body, response, fault });
  };
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: (name) => `http://127.0.0.1:${port}/${name}.git`,
    setFaults: (next) => {
      draw = next;
    },
    failures: () => [...failures],
    close: async () => {
      const closed = once(server.close(), "close");
      server.closeAllConnections();
      await closed;
    },
  };
}

function purposeOf({ method, url = "" }: IncomingMessage, body: Buffer): Purpose {
  if (method !== "POST") return "list";
  if (url.endsWith("/git-receive-pack")) return "push";
  return body.includes("command=fetch") ? "fetch" : "list";
}

interface Exchange {
  readonly port: number;
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
}

async function forward({ port, request, body, response, fault }: Exchange): Promise<void> {
  if (fault === "status") {
    const status = [500, 502, 503][body.length % 3] ?? 500;
    response.writeHead(status, { "content-type": "text/plain" }).end("injected fault\n");
    return;
  }
  const { url: path = "/", method = "GET" } = request;
  const { "transfer-encoding": _chunked, ...headers } = request.headers;
  const behind = requestHttp({ host: "127.0.0.1", port, path, method, headers });
  behind.on("error", () => response.destroy());
  response.on("close", () => behind.destroy());
  // The full length is announced, so that the server notices a request that is cut.
  if (body.length > 0) behind.setHeader("content-length", body.length);
  if (fault === "cut") {
    behind.write(body.subarray(0, body.length / 2), () => behind.destroy());
    response.destroy();
    return;
  }
  if (fault === "dripRequest") drip(behind, body);
  else behind.end(body);
  const [answer] = (await once(behind, "response")) as [IncomingMessage];
  const bytes = await buffer(answer);
  if (fault === "lost") return void response.destroy();
  const { "transfer-encoding": _encoding, ...kept } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, { ...kept, "content-length": bytes.length });
  if (fault === "truncated") response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  else if (fault === "dripAnswer") drip(response, bytes);
  else response.end(bytes);
}

/** Sends one byte per second until the connection closes. */
function drip(to: Writable, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length) to.write(bytes.subarray(at, ++at));
    else to.end();
  }, 1000);
  for (const event of ["close", "finish", "error"]) to.on(event, () => clearInterval(timer));
}
