import { once } from "node:events";
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { GitServer } from "../harness/git-server.ts";

/** A Git host that writes to a repository and reads from a replica of it. */
export interface LaggingReads {
  readonly name: string;
  /** `http://127.0.0.1:PORT/NAME.git`. */
  url(name: string): string;
  /** Makes the replica of a repository, as it is now. All repositories are on one git server. */
  replicate(git: GitServer, name: string): Promise<void>;
  /** Brings the replica up to date. */
  catchUp(git: GitServer, name: string): Promise<void>;
  close(): Promise<void>;
}

const replicaOf = (name: string) => `${name}-replica`;

/** Starts a proxy in front of a git server. Every request but those of a push goes to the replica. */
export async function startLaggingReads(): Promise<LaggingReads> {
  let behind = 0;
  const server = createServer((request, response) => forward(behind, request, response));
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    name: "lagging",
    url: (name) => `http://127.0.0.1:${port}/${name}.git`,
    replicate: async (git, name) => {
      behind = git.port;
      await git.createRepository(replicaOf(name), { from: git.path(name) });
    },
    catchUp: async (git, name) => {
      await git.git(replicaOf(name), "fetch", "--quiet", "--prune", git.path(name), "+refs/*:refs/*");
    },
    close: async () => {
      const closed = once(server.close(), "close");
      server.closeAllConnections();
      await closed;
    },
  };
}

function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { url = "/", method, headers } = request;
  const path = url.includes("git-receive-pack") ? url : url.replace(/^\/([^/]+)\.git/, `/${replicaOf("$1")}.git`);
  const behind = requestHttp({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  behind.on("error", () => response.destroy());
  response.on("close", () => behind.destroy());
  request.pipe(behind);
}
