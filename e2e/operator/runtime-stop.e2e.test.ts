import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isRunning, launchProcess } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import { findChildren } from "../testenv/git-children.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { createPackages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

interface Lease {
  readonly spec: {
    readonly holderIdentity: string;
  };
}

const leaseOf = async (env: TestEnv) => (await env.as("admin").getJson<Lease>("lease", "pkgserver")).spec;

describe.concurrent("stop", () => {
  const envs: TestEnv[] = [];
  const begin = async (prefix: string) => {
    const env = await startTestEnv(prefix);
    envs.push(env);
    return { env, packages: await createPackages(env) };
  };
  afterAll(async () => void (await Promise.all(envs.map((env) => env.end()))));

  it("ends what is under way on SIGTERM, gives the Lease up and exits with 0", async () => {
    const { env, packages } = await begin("sigterm");
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
    await waitUntil("it has heard the signal", async () =>
      (await env.operator.log()).some((one) => one.msg === "stopping"),
    );
    // Asked for while it stops: left for the next operator.
    await packages.create({ repository: "plain", package: "late", workspace: "ws1" });
    expect(isRunning(env.operator.ref)).toBe(true);
    await hold.release();
    await stopped;
    await waitUntil("its exit code is known", () => env.operator.exitCode(), { until: (code) => code === 0 });

    const contents = await packages.contents(name);
    expect(contents.status?.observedGeneration).toBe(contents.metadata.generation);
    expect(await env.git.git("plain", "show", "web/ws1:web/a.yaml")).toBe("a: 2\n");
    expect(await leaseOf(env)).toMatchObject({ holderIdentity: "" });
    expect((await env.operator.log()).at(-1)).toMatchObject({ msg: "stopped", late: [] });
    expect(findChildren(join(env.operatorSpec.dir, "operator-data", "mirrors"))).toEqual([]);
    expect((await packages.get("catalog.plain.late.ws1")).status).toEqual({ observedGeneration: -1 });
    await env.restartOperator("stop");
    await packages.waitForReason("catalog.plain.late.ws1", "Draft");
  });

  it("does not wait for a remote for ever: what hangs is ended after its time, with its git", async () => {
    const { env, packages } = await begin("hangs");
    await env.git.createRepository("plain");
    await env.register("plain");
    const hold = await holdNextPush(env.git, "plain", "before");
    await packages.create({ repository: "plain", package: "web", workspace: "ws1" });
    await hold.reached();
    const started = performance.now();
    await env.operator.stop();
    expect(performance.now() - started).toBeLessThan(29_000);
    expect((await env.operator.log()).at(-1)).toMatchObject({ msg: "stopped", late: ["packagerevision"] });
    await waitUntil("its exit code is known", () => env.operator.exitCode(), { until: (code) => code === 1 });
    expect(findChildren(join(env.operatorSpec.dir, "operator-data", "mirrors"))).toEqual([]);
    expect(await leaseOf(env)).toMatchObject({ holderIdentity: "" });
    await hold.release();
    await env.restartOperator("stop");
    await packages.waitForReason("catalog.plain.web.ws1", "Draft");
  });
});

describe("start", () => {
  it("refuses a Node that is too old, and says which it needs", async () => {
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
    await waitUntil("it ends", () => !isRunning(launched.ref));
    expect(launched.logTail()).toContain("Node 22.18.0 is too old: 24 or later is needed");
    await rm(dir, { recursive: true });
  });
});
