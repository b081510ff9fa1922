import { Counter, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { createHealthServer, type HealthServer, type HealthServerOptions } from "./health.ts";

const never = new AbortController().signal;
let server: HealthServer | undefined;

async function serve(
  options: Partial<HealthServerOptions> = {},
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const created = createHealthServer({ host: "127.0.0.1", port: 0, registry: new Registry(), ...options });
  server = created;
  await created.start(never);
  return async (path, init) => await fetch(`http://127.0.0.1:${created.port()}${path}`, init);
}

describe("runtime/health", () => {
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
      checkTimeoutMs: 10,
      readyz: {
        caches: () => {},
        leader: () => Promise.reject(new Error("not leading")),
        git: () => new Promise(() => {}),
      },
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

  it("serves the metrics of its registry, and nothing else", async () => {
    const registry = new Registry();
    new Counter({ name: "things_total", help: "Things.", registers: [registry] }).inc(3);
    const get = await serve({ registry });
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toContain("things_total 3");
    expect((await get("/debug")).status).toBe(404);
    expect((await get("/healthz", { method: "POST" })).status).toBe(405);
  });

  it("does not start where the port is taken", async () => {
    await serve();
    const second = createHealthServer({ host: "127.0.0.1", port: server?.port() ?? 0, registry: new Registry() });
    await expect(second.start(never)).rejects.toThrow("EADDRINUSE");
  });
});
