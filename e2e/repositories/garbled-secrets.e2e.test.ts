import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject } from "vitest";
import { test } from "../testenv/fixtures.ts";
import { startGarblingApiProxy } from "../testenv/garbling-api-proxy.ts";

const it = test
  .extend("proxy", { scope: "file" }, async ({}, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-garbled-"));
    const proxy = await startGarblingApiProxy(inject("controlPlane"), join(dir, "kubeconfig"));
    onCleanup(async () => {
      await proxy.stop();
      await rm(dir, { recursive: true, force: true });
    });
    return proxy;
  })
  .extend("envOptions", { scope: "file" }, async ({ proxy }) => ({
    prefix: "garbled",
    operator: { kubeconfig: proxy.kubeconfig },
  }));

describe("a Secret that arrives damaged", () => {
  it("is not quoted in conditions, Events and the log", async ({ env, proxy }) => {
    await env.git.createRepository("catalog");
    proxy.garble(true);
    await env.applyRepository("catalog");
    const failed = await env.waitForRepository("catalog", "ReconcileFailed");
    expect(failed.status?.conditions?.[0]?.message).toMatch(/secrets\/[a-z-]+: the answer is no JSON$/);
    const events = await env.as("admin")("get", "events", "-o", "json");
    // The runtime quotes ten characters of what it cannot parse: fewer than leaks are searched for.
    const start = Buffer.from(env.password).toString("base64").slice(0, 6);
    const shown = [JSON.stringify(failed), events, await readFile(env.operator.logFile, "utf8")];
    expect(shown.filter((text) => text.includes(start))).toEqual([]);
    proxy.garble(false);
    await env.waitForRepository("catalog", "Synced");
  });
});
