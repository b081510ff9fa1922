import { type ChildProcess, spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { gitProgram } from "../../src/storage/git/testing/git-program.ts";
import { gitEnvironment } from "./git-command.ts";

const MAX_HEAD_BYTES = 16 * 1024;

/** Time to end for a push whose request is complete: longer than the update of its refs takes. */
const END_AFTER_MS = 1_000;

/** Serves one request of smart HTTP with `git http-backend` as a CGI program. It ends if the client disconnects. */
export async function respondWithBackend(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly root: string; readonly user: string },
): Promise<void> {
  const backend = spawn(gitProgram("http-backend"), {
    env: gitEnvironment(describeRequest(request, options.root, options.user)),
    // A process group of its own, so that git's child processes end with it.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  backend.on("error", (error) => response.destroy(error));
  backend.stdin.on("error", () => undefined);
  request.pipe(backend.stdin);
  response.on("close", () => {
    if (response.writableFinished || backend.exitCode !== null) return;
    // Git updates the refs of an atomic push one after the other: ended among them, it leaves some of them updated.
    if (request.complete) setTimeout(() => endGroup(backend), END_AFTER_MS).unref();
    else endGroup(backend);
  });
  const head = await readHead(backend.stdout);
  response.writeHead(head.status, head.headers);
  response.write(head.rest);
  backend.stdout.pipe(response);
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended in the meantime.
  }
}

/** The variables of RFC 3875 that git http-backend reads. */
function describeRequest(request: IncomingMessage, root: string, user: string): Record<string, string> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const header = (name: string): string => String(request.headers[name] ?? "");
  return {
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: header("git-protocol"),
    REQUEST_METHOD: request.method ?? "GET",
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REMOTE_USER: user,
    REMOTE_ADDR: request.socket.remoteAddress ?? "",
    CONTENT_TYPE: header("content-type"),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    // A chunked body has no length; an empty value makes the backend read to the end.
    CONTENT_LENGTH: header("content-length"),
  };
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Part of the body that was read with the head. */
  readonly rest: Buffer;
}

async function readHead(stdout: Readable): Promise<Head> {
  let read = Buffer.alloc(0);
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    read = Buffer.concat([read, chunk as Buffer]);
    const end = read.indexOf("\r\n\r\n");
    if (end >= 0) return parseHead(read.subarray(0, end).toString("latin1"), read.subarray(end + 4));
    if (read.length > MAX_HEAD_BYTES) break;
  }
  throw new Error("git http-backend ended without a response");
}

function parseHead(text: string, rest: Buffer): Head {
  const entries = text.split("\r\n").map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const { status = "200", ...headers } = Object.fromEntries(entries);
  return { status: Number.parseInt(status, 10), headers, rest };
}
