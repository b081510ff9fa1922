import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { isRunning, launchProcess } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithIsolatedEnv } from "../testenv/fixtures.ts";
import { findChildren } from "../testenv/git-children.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithIsolatedEnv("stop");

interface Lease {
  readonly spec: {
    readonly holderIdentity: string;
  };
}

const readLease = async (env: TestEnv) => (await env.as("admin").getJson<Lease>("lease", "pkgserver")).spec;

describe.concurrent("stop", () => {
  it("on SIGTERM ends work under way, releases the Lease and exits with 0", async ({ env, packages }) => {
    await env.git.createRepository("plain");
    await env.register("plain");
    const name = await packages.createDraft(
      { repository: "plain", package: "web", workspace: "ws1" },
      { "a.yaml": "a: 1\n" },
    );
    const hold = await holdNextPush(env.git, "plain", "before");
    await packages.edit(name, { "a.yaml": "a: 2\n" });
    await hold.reached();
    const stopped = env.operator.stop();
    await waitUntil("the operator has received the signal", async () =>
      (await env.operator.log()).some((one) => one.msg === "stopping"),
    );
    // Created while it stops: the next operator reconciles it.
    await packages.create({ repository: "plain", package: "late", workspace: "ws1" });
    expect(isRunning(env.operator.ref)).toBe(true);
    await hold.release();
    await stopped;
    await waitUntil("the exit code is known", () => env.operator.exitCode(), { until: (code) => code === 0 });

    const contents = await packages.contents(name);
    expect(contents.status?.observedGeneration).toBe(contents.metadata.generation);
    expect(await env.git.git("plain", "show", "web/ws1:web/a.yaml")).toBe("a: 2\n");
    expect(await readLease(env)).toMatchObject({ holderIdentity: "" });
    expect((await env.operator.log()).at(-1)).toMatchObject({ msg: "stopped", late: [] });
    expect(findChildren(join(env.operatorSpec.dir, "operator-data", "mirrors"))).toEqual([]);
    expect((await packages.get("catalog.plain.late.ws1")).status).toEqual({ observedGeneration: -1 });
    await env.restartOperator("stop");
    await packages.waitForReason("catalog.plain.late.ws1", "Draft");
  });

  it("ends a git process that hangs at the time limit, and exits with 1", async ({ env, packages }) => {
    await env.git.createRepository("plain");
    await env.register("plain");
    const hold = await holdNextPush(env.git, "plain", "before");
    await packages.create({ repository: "plain", package: "web", workspace: "ws1" });
    await hold.reached();
    const started = performance.now();
    await env.operator.stop();
    expect(performance.now() - started).toBeLessThan(29_000);
    expect((await env.operator.log()).at(-1)).toMatchObject({ msg: "stopped", late: ["packagerevision"] });
    await waitUntil("the exit code is known", () => env.operator.exitCode(), { until: (code) => code === 1 });
    expect(findChildren(join(env.operatorSpec.dir, "operator-data", "mirrors"))).toEqual([]);
    expect(await readLease(env)).toMatchObject({ holderIdentity: "" });
    await hold.release();
    await env.restartOperator("stop");
    await packages.waitForReason("catalog.plain.web.ws1", "Draft");
  });
});

describe("start", () => {
  it("refuses a Node.js version that is too old, and reports the required one", async () => {
    const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.18.0' } })";
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-node-"));
    const launched = await launchProcess({
      command: process.execPath,
      args: [
        "--import",
        `data:text/javascript,${encodeURIComponent(older)}`,
        join(import.meta.dirname, "..", "..", "src", "main.ts"),
      ],
      logFile: join(dir, "operator.log"),
    });
    await waitUntil("the process ends", () => !isRunning(launched.ref));
    expect(launched.logTail()).toContain("Node 22.18.0 is too old: 24 or later is needed");
    await rm(dir, { recursive: true });
  });
});
