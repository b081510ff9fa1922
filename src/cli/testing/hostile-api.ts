import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "vitest";
import { runProgram } from "../program.ts";
import { createIo } from "./io.ts";

/** The body of an answer, which is sent as it is if it is a text; a status other than 200 with it. */
export type Answer = { readonly code?: number; readonly body: unknown } | undefined;

export interface HostileApi {
  /** The requests so far: method and path with its query. */
  readonly requests: readonly string[];
  /** What is answered to a request; 404 for undefined. */
  answer: (path: string, query: URLSearchParams) => Answer;
  /** Runs a command against it, at a terminal without colours. */
  readonly run: (...args: readonly string[]) => Promise<{ code: number; output: string; errors: string }>;
  /** A folder, which is the current one of the commands. */
  readonly dir: string;
}

/**
 * A server that answers as an API server never would. What a real one does is tried in e2e/cli; this shows what the
 * program does where the other side is broken, or wants to do harm.
 */
export const hostileApiTest = test.extend("api", async ({}, { onCleanup }): Promise<HostileApi> => {
  const requests: string[] = [];
  const dir = await mkdtemp(join(tmpdir(), "hostile-"));
  const server = createServer((request, response) => void respond(api, requests, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kubeconfig = join(dir, "kubeconfig");
  await writeFile(kubeconfig, describeKubeconfig((server.address() as AddressInfo).port));
  onCleanup(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });
  const api: HostileApi = {
    requests,
    answer: () => undefined,
    dir,
    run: async (...args) => {
      const io = createIo();
      for (const stream of [io.stdout, io.stderr]) Object.assign(stream, { isTTY: true });
      const env = { NO_COLOR: "1", PAGER: "cat" };
      const code = await runProgram([...args, "--kubeconfig", kubeconfig], { ...io, env, cwd: dir });
      return { code, output: io.output(), errors: io.errors() };
    },
  };
  return api;
});

async function respond(api: HostileApi, requests: string[], request: IncomingMessage, response: ServerResponse) {
  await text(request);
  const url = new URL(request.url ?? "/", "http://api");
  requests.push(`${request.method} ${url.pathname}${url.search}`);
  const user = { status: { userInfo: { username: "alice" } } };
  const own: Answer = url.pathname.endsWith("/selfsubjectreviews") ? { body: user } : undefined;
  const status = { kind: "Status", code: 404, reason: "NotFound", message: "not found" };
  const { code = 200, body } = own ?? api.answer(url.pathname, url.searchParams) ?? { code: 404, body: status };
  response.writeHead(code, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function describeKubeconfig(port: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "hostile",
    contexts: [{ name: "hostile", context: { cluster: "hostile", user: "hostile", namespace: "team" } }],
    clusters: [{ name: "hostile", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
    users: [{ name: "hostile", user: {} }],
  });
}
