import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

import type { TestEnv } from "../testenv/testenv.ts";

const DRAFT = "catalog.plain.web.draft";
const REVISIONS = 40;

interface KubeEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly note: string;
  readonly reportingController: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

const it = testWithEnv("runtime");

/** A catalog of many revisions, a publication, and a package revision without a Repository. */
it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("plain");
  const tags = Array.from({ length: REVISIONS }, (_, index) => `found/v${index + 1}`);
  await pushExternally(env.git, "plain", { files: { "found/file.yaml": "a: 1\n" }, tags });
  await env.register("plain", { sync: { interval: "24h" } });
  await packages.createPublished({ repository: "plain", package: "web", workspace: "draft" }, { "a.yaml": "a: 1\n" });
  await packages.create({ repository: "nowhere", package: "web", workspace: "lost" });
  await packages.waitForReason("catalog.nowhere.web.lost", "RepositoryNotFound");
  await waitUntil("all discovered revisions are published", async () => await env.revisions(), {
    until: (all) => all.filter((one) => one.status?.lifecycle === "published").length === REVISIONS + 1,
  });
});

async function readEvents(env: TestEnv): Promise<readonly KubeEvent[]> {
  return (await env.as("admin").getJson<{ items: KubeEvent[] }>("events.events.k8s.io")).items;
}

const get = async (env: TestEnv, path: string) => {
  const response = await fetch(`${env.operator.url}${path}`);
  return { code: response.status, text: await response.text() };
};

describe("runtime", () => {
  it("reports on /healthz that it is alive, and on /readyz that its caches are filled", async ({ env }) => {
    expect(await get(env, "/healthz")).toEqual({ code: 200, text: "[+]ping ok\nhealthz check passed\n" });
    const text = "[+]ping ok\n[+]caches ok\n[+]event-loop ok\nreadyz check passed\n";
    expect(await get(env, "/readyz")).toEqual({ code: 200, text });
    expect((await get(env, "/elsewhere")).code).toBe(404);
  });

  it("has metrics with the names of controller-runtime", async ({ env }) => {
    const { text } = await get(env, "/metrics");
    const value = (series: string) =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${series} `))
          ?.split(" ")[1],
      );
    const usual = { repository: "requeue_after", packagerevision: "success" } as const;
    for (const [controller, result] of Object.entries(usual)) {
      const reconciles = `controller_runtime_reconcile_total{controller="${controller}",result="${result}"}`;
      expect(value(reconciles)).toBeGreaterThan(0);
      expect(value(`controller_runtime_reconcile_errors_total{controller="${controller}"}`)).toBeGreaterThanOrEqual(0);
      expect(value(`controller_runtime_active_workers{controller="${controller}"}`)).toBeGreaterThanOrEqual(0);
      expect(value(`controller_runtime_max_concurrent_reconciles{controller="${controller}"}`)).toBeGreaterThan(1);
      expect(value(`controller_runtime_reconcile_time_seconds_count{controller="${controller}"}`)).toBeGreaterThan(0);
      expect(value(`workqueue_depth{name="${controller}"}`)).toBeGreaterThanOrEqual(0);
      expect(value(`workqueue_adds_total{name="${controller}"}`)).toBeGreaterThan(0);
    }
    expect(value('rest_client_requests_total{code="200",method="GET"}')).toBeGreaterThan(0);
    expect(value('rest_client_requests_total{code="201",method="POST"}')).toBeGreaterThanOrEqual(REVISIONS * 2);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(0);
  });

  it("logs JSON lines with time, level and message, and those of a reconcile with object and reconcileID", async ({
    env,
  }) => {
    const raw = (await readFile(env.operator.logFile, "utf8")).trimEnd().split("\n");
    expect(raw.filter((line) => !line.startsWith("{"))).toEqual([]);
    const lines = await env.operator.log();
    for (const line of lines) {
      expect(line).toMatchObject({
        ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        msg: expect.stringMatching(/./),
      });
    }
    const reconciles = lines.filter((line) => "reconcileID" in line);
    const ofDraft = reconciles.filter((line) => line.object === `${env.namespace}/${DRAFT}`);
    expect(ofDraft.length).toBeGreaterThan(2);
    for (const line of ofDraft) {
      expect(line).toMatchObject({
        controller: "packagerevision",
        reconcileID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    }
    expect(new Set(ofDraft.map((line) => line.reconcileID)).size).toBe(ofDraft.length);
    expect(lines.filter((line) => line.level === "error")).toEqual([]);
  });

  it("records events that the user must act on, and none that only repeats a transition the user asked for", async ({
    env,
  }) => {
    const events = await waitUntil("the last event is written", async () => await readEvents(env), {
      until: (all) => all.some((one) => one.reason === "RepositoryNotFound"),
    });
    // Events about objects of other tests do not count.
    const isOwn = ({ regarding: { name } }: KubeEvent) => /^(?:plain|catalog\.(?:plain|nowhere)\..*)$/.test(name);
    const recorded = events
      .filter(isOwn)
      .map(({ type, reason, regarding }) => `${type} ${regarding.kind} ${regarding.name} ${reason}`);
    expect(recorded.sort()).toEqual([
      "Normal Repository plain Synced",
      "Warning PackageRevision catalog.nowhere.web.lost RepositoryNotFound",
    ]);
    expect(events.every((one) => one.reportingController === "pkgserver.dev/operator")).toBe(true);
    const shown = await env.as("admin")("events", "--for=packagerevision/catalog.nowhere.web.lost");
    expect(shown).toMatch(/Warning +RepositoryNotFound +PackageRevision\/catalog\.nowhere\.web\.lost +no Repository/);
  });

  it("records events when a remote fails and recovers", async ({ env }) => {
    await env.git.createRepository("unstable");
    await env.register("unstable", { sync: { interval: "24h" } });
    env.git.failNext(1_000, 503);
    const synced = env.sync("unstable");
    await env.waitForRepository("unstable", "ConnectionFailed");
    env.git.failNext(0, 503);
    await synced;
    await waitUntil("both events are recorded", async () => await readEvents(env), {
      until: (all) => {
        const about = all.filter((one) => one.regarding.name === "unstable");
        const recorded = about.map(({ type, reason }) => `${type} ${reason}`);
        return recorded.includes("Warning ConnectionFailed") && recorded.includes("Normal Synced");
      },
    });
  });

  it("reconciles objects in the watched namespaces only", async ({ env }) => {
    const admin = env.as("admin");
    const other = `${env.namespace}-other`;
    await admin.applyYaml(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: other } }));
    const repository = {
      apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
      kind: "Repository",
      metadata: { name: "plain", namespace: other },
      spec: { git: { url: env.git.url("plain") } },
    };
    const path = `/apis/config.pkg.pkgserver.dev/v1alpha1/namespaces/${other}/repositories`;
    await admin.withInput(JSON.stringify(repository), "create", `--raw=${path}`, "-f", "-");
    await env.git.createRepository("watched");
    await env.register("watched");
    const unwatched = JSON.parse(await admin("get", `--raw=${path}/plain`)) as Repository;
    expect(unwatched.status).toEqual({ observedGeneration: -1 });
    expect(unwatched.metadata.finalizers).toBeUndefined();
  });
});
