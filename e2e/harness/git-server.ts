import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { respondWithBackend } from "./git-backend.ts";
import { type GitRepositories, openRepositories } from "./git-repositories.ts";

export interface GitServerOptions {
  /** Folder of the bare repositories; created if missing. */
  readonly root: string;
  /** A free port by default. */
  readonly port?: number;
  /** For basic authentication; without credentials, every request is allowed. */
  readonly credentials?: Credentials;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface LoggedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** True if there was an Authorization header; its value is not kept. */
  readonly authorization: boolean;
  /** Undefined until the response is complete. */
  readonly status: number | undefined;
}

/** A git server on 127.0.0.1 for smart HTTP, with injected failures. */
export interface GitServer extends GitRepositories {
  readonly port: number;
  /** `http://127.0.0.1:PORT/NAME.git`, without credentials. */
  url(name: string): string;
  setPassword(password: string): void;
  /** Requests with a longer body get 413, as from nginx (`client_max_body_size`). */
  setMaxBody(bytes: number): void;
  /** Gives the next requests (git's unauthenticated first tries count too) this status, or no response. */
  failNext(count: number, failure: number | "hang"): void;
  /** Requests since the start or the last `forgetRequests`, oldest first; at most the last 10,000. */
  requests(): readonly LoggedRequest[];
  forgetRequests(): void;
  /** Closes all connections, also those without a response. */
  closeConnections(): void;
  /** Closes all connections and waits until the port is free. */
  stop(): Promise<void>;
}

type OpenRequest = { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] };

const MAX_REQUESTS = 10_000;

/** Port → the last git server of this process on it. Stopped ones stay: their folders may still be read. */
const servers = new Map<number, GitServer>();

/** The git server that this process has started on a port of 127.0.0.1. */
export function gitServerAt(port: number): GitServer | undefined {
  return servers.get(port);
}

/** Starts a git server. Throws if the port is taken. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  await mkdir(options.root, { recursive: true });
  let credentials = options.credentials;
  let maxBody = Number.POSITIVE_INFINITY;
  let failures: readonly (number | "hang")[] = [];
  let log: OpenRequest[] = [];

  const server = createServer((request, response) => {
    const entry = describeRequest(request);
    log.push(entry);
    if (log.length > MAX_REQUESTS) log.shift();
    response.on("finish", () => {
      entry.status = response.statusCode;
    });
    const [failure, ...rest] = failures;
    failures = rest;
    if (failure === "hang") return;
    const { "content-length": length, "transfer-encoding": encoding } = request.headers;
    if (failure !== undefined) refuse(response, failure);
    else if (!isAllowed(request, credentials)) refuse(response, 401);
    // git sends a body in chunks if it has more than a megabyte.
    else if (maxBody < (encoding === "chunked" ? 1024 ** 2 : Number(length ?? 0))) refuse(response, 413);
    else serve(request, response, options.root, credentials?.user ?? "anonymous");
  });
  // No time limit for pushes.
  server.requestTimeout = 0;
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const gitServer: GitServer = {
    ...openRepositories(options.root),
    port,
    url: (name) => `http://127.0.0.1:${port}/${name}.git`,
    setPassword: (password) => {
      if (credentials === undefined) throw new Error("this git server has no user");
      credentials = { ...credentials, password };
    },
    setMaxBody: (bytes) => {
      maxBody = bytes;
    },
    failNext: (count, failure) => {
      failures = Array.from({ length: count }, () => failure);
    },
    requests: () => [...log],
    forgetRequests: () => {
      log = [];
    },
    closeConnections: () => server.closeAllConnections(),
    stop: async () => {
      const closed = once(server.close(), "close");
      server.closeAllConnections();
      await closed;
    },
  };
  servers.set(port, gitServer);
  return gitServer;
}

function describeRequest(request: IncomingMessage): OpenRequest {
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    authorization: request.headers.authorization !== undefined,
    status: undefined,
  };
}

function isAllowed(request: IncomingMessage, credentials: Credentials | undefined): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
  return request.headers.authorization === `Basic ${expected}`;
}

function refuse(response: ServerResponse, status: number): void {
  if (status === 401) response.setHeader("www-authenticate", 'Basic realm="git"');
  // The request's body is not read, so the connection cannot be reused.
  response.writeHead(status, { connection: "close", "content-type": "text/plain" }).end(`refused with ${status}\n`);
}

function serve(request: IncomingMessage, response: ServerResponse, root: string, user: string): void {
  respondWithBackend(request, response, { root, user }).catch((error: unknown) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end(`${error instanceof Error ? error.message : error}\n`);
  });
}
