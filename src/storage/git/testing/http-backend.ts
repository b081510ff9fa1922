import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gitProgram } from "./git-program.ts";

export interface HttpBackend {
  /** `http://127.0.0.1:PORT`; the path of a repository is its path in `root`. */
  readonly url: string;
  /** The requests so far. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly authorization?: string }[];
  close(): Promise<void>;
}

export interface HttpBackendOptions {
  readonly root: string;
  /** The required `Authorization` header. */
  readonly authorization?: string;
  /** Returns true if it handles the request itself, by answering it or by leaving it open. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Called when git has finished; true: the connection is closed instead of sending the response. */
  readonly dropAnswer?: (request: IncomingMessage) => Promise<boolean>;
}

/** Starts a web server with `git http-backend` on a free port of the loopback interface. */
export async function startHttpBackend(options: HttpBackendOptions): Promise<HttpBackend> {
  const requests: { method: string; path: string; authorization?: string }[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    const record = { method: request.method ?? "", path: request.url ?? "" };
    requests.push(authorization === undefined ? record : { ...record, authorization });
    if (options.authorization !== undefined && authorization !== options.authorization) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
    } else if (!options.intercept?.(request, response)) {
      answer(request, response, options);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, options: HttpBackendOptions): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const child = spawn(gitProgram("http-backend"), {
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      HOME: options.root,
      REQUEST_METHOD: request.method ?? "",
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: query,
      REMOTE_USER: "tester",
      REMOTE_ADDR: "127.0.0.1",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => {});
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", async () => {
    if (await options.dropAnswer?.(request)) request.socket.destroy();
    else send(Buffer.concat(chunks), response);
  });
}

function send(output: Buffer, response: ServerResponse): void {
  const end = output.indexOf("\r\n\r\n");
  let status = 200;
  for (const line of output.toString("latin1", 0, end).split("\r\n")) {
    const [name = "", value = ""] = line.split(": ");
    if (name === "Status") status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status).end(output.subarray(end + 4));
}
