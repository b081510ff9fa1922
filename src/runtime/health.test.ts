import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Check, healthRoute } from "./health.ts";
import { createHttpServer, type HttpServer } from "./http-server.ts";

const never = new AbortController().signal;
let server: HttpServer | undefined;

async function serve(readyz: Readonly<Record<string, Check>> = {}): Promise<(path: string) => Promise<Response>> {
  const routes = [healthRoute("healthz"), healthRoute("readyz", readyz, 10)];
  const created = createHttpServer({ host: "127.0.0.1", port: 0, routes });
  server = created;
  await created.start(never);
  return async (path) => await fetch(`http://127.0.0.1:${created.port()}${path}`);
}

describe("healthRoute", () => {
  afterEach(async () => {
    await server?.stop(never);
  });

  it("is healthy without checks", async () => {
    const get = await serve();
    const response = await get("/healthz?verbose");
    expect([response.status, await response.text()]).toEqual([200, "[+]ping ok\nhealthz check passed\n"]);
  });

  it("lists each check, and fails when one fails or does not answer", async () => {
    const get = await serve({
      caches: () => {},
      leader: () => Promise.reject(new Error("not leading")),
      git: () => new Promise(() => {}),
    });
    const response = await get("/readyz");
    expect(response.status).toBe(503);
    expect((await response.text()).split("\n")).toEqual([
      "[+]ping ok",
      "[+]caches ok",
      "[-]leader failed: not leading",
      "[-]git failed: no answer within 10 ms",
      "readyz check failed",
      "",
    ]);
    expect((await get("/healthz")).status).toBe(200);
  });

  it("leaves no timer behind, with which the program could not end", async ({ onTestFinished }) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const checks = { good: () => {}, bad: () => Promise.reject(new Error("no")) };
    await healthRoute("readyz", checks).handle({} as IncomingMessage);
    expect(vi.getTimerCount()).toBe(0);
  });
});
