import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import type { Runnable } from "./manager.ts";

/** Resolves when all is well, throws when not; what it throws is shown to whoever asks. */
export type Check = () => Promise<void> | void;

export interface HealthServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly healthz?: Readonly<Record<string, Check>>;
  readonly readyz?: Readonly<Record<string, Check>>;
  readonly registry: Registry;
  readonly checkTimeoutMs?: number;
}

export interface HealthServer extends Runnable {
  /** The port in use; throws before `start`. */
  readonly port: () => number;
}

interface Reply {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

const text = "text/plain; charset=utf-8";

/** Serves /healthz, /readyz (each check on a line, as Kubernetes does with ?verbose) and /metrics. */
export function createHealthServer(options: HealthServerOptions): HealthServer {
  const server = createServer((request, response) => {
    reply(options, request).then(
      (answer) => send(request, response, answer),
      (error: unknown) => send(request, response, { code: 500, type: text, body: `${describe(error)}\n` }),
    );
  });
  return {
    name: "health",
    port: () => {
      const address = server.address() as AddressInfo | null;
      if (address === null) throw new Error("the health server does not listen");
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

async function listen(server: Server, { host, port }: HealthServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function reply(options: HealthServerOptions, request: IncomingMessage): Promise<Reply> {
  if (request.method !== "GET" && request.method !== "HEAD") return { code: 405, type: text, body: "GET only\n" };
  const path = (request.url ?? "/").split("?", 1)[0];
  switch (path) {
    case "/healthz":
      return await runChecks("healthz", options.healthz ?? {}, options);
    case "/readyz":
      return await runChecks("readyz", options.readyz ?? {}, options);
    case "/metrics":
      return { code: 200, type: options.registry.contentType, body: await options.registry.metrics() };
    default:
      return { code: 404, type: text, body: "not found\n" };
  }
}

async function runChecks(
  name: string,
  checks: Readonly<Record<string, Check>>,
  { checkTimeoutMs = 2_000 }: HealthServerOptions,
): Promise<Reply> {
  const all = Object.entries({ ping: () => {}, ...checks });
  const failures = await Promise.all(all.map(([, check]) => failureOf(check, checkTimeoutMs)));
  const lines = all.map(([check], index) => {
    const failure = failures[index];
    return failure === undefined ? `[+]${check} ok` : `[-]${check} failed: ${failure}`;
  });
  const passed = failures.every((failure) => failure === undefined);
  const body = [...lines, passed ? `${name} check passed` : `${name} check failed`, ""].join("\n");
  return { code: passed ? 200 : 503, type: text, body };
}

async function failureOf(check: Check, timeoutMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  });
  try {
    const run = (async () => await check())();
    return await Promise.race([run.then(() => undefined), tooLate]);
  } catch (error) {
    return describe(error);
  } finally {
    clearTimeout(timer);
  }
}

function send(request: IncomingMessage, response: ServerResponse, { code, type, body }: Reply): void {
  response.writeHead(code, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll("\n", " ");
}
