import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isRunning, launchProcess } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import { findChildren } from "../testenv/git-children.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { openPackages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

interface Lease {
  readonly spec: {
    readonly holderIdentity: string;
  };
}

const leaseOf = async (world: TestEnv) => (await world.as("admin").getJson<Lease>("lease", "pkgserver")).spec;

describe.concurrent("stop", () => {
  const worlds: TestEnv[] = [];
  const begin = async (prefix: string) => {
    const world = await startTestEnv(prefix);
    worlds.push(world);
    return { world, packages: await openPackages(world) };
  };
  afterAll(async () => void (await Promise.all(worlds.map((world) => world.end()))));

  it("ends what is under way on SIGTERM, gives the Lease up and exits with 0", async () => {
    const { world, packages } = await begin("sigterm");
    await world.git.createRepository("plain");
    await world.register("plain");
    const name = await packages.draft(
      { repository: "plain", package: "web", workspace: "ws1" },
      { "a.yaml": "a: 1\n" },
    );
    const hold = await holdNextPush(world.git, "plain", "before");
    await packages.edit(name, { "a.yaml": "a: 2\n" });
    await hold.reached();
    const stopped = world.operator.stop();
    await waitUntil("it has heard the signal", async () =>
      (await world.operator.log()).some((one) => one.msg === "stopping"),
    );
    // Asked for while it stops: left for the next operator.
    await packages.create({ repository: "plain", package: "late", workspace: "ws1" });
    expect(isRunning(world.operator.ref)).toBe(true);
    await hold.release();
    await stopped;
    await waitUntil("its exit code is known", () => world.operator.exitCode(), { until: (code) => code === 0 });

    const contents = await packages.contents(name);
    expect(contents.status?.observedGeneration).toBe(contents.metadata.generation);
    expect(await world.git.git("plain", "show", "web/ws1:web/a.yaml")).toBe("a: 2\n");
    expect(await leaseOf(world)).toMatchObject({ holderIdentity: "" });
    expect((await world.operator.log()).at(-1)).toMatchObject({ msg: "stopped", late: [] });
    expect(findChildren(join(world.operatorSpec.dir, "operator-data", "mirrors"))).toEqual([]);
    expect((await packages.get("catalog.plain.late.ws1")).status).toEqual({ observedGeneration: -1 });
    await world.restartOperator("stop");
    await packages.waitForReason("catalog.plain.late.ws1", "Draft");
  });

  it("does not wait for a remote for ever: what hangs is ended after its time, with its git", async () => {
    const { world, packages } = await begin("hangs");
    await world.git.createRepository("plain");
    await world.register("plain");
    const hold = await holdNextPush(world.git, "plain", "before");
    await packages.create({ repository: "plain", package: "web", workspace: "ws1" });
    await hold.reached();
    const started = performance.now();
    await world.operator.stop();
    expect(performance.now() - started).toBeLessThan(29_000);
    expect((await world.operator.log()).at(-1)).toMatchObject({ msg: "stopped", late: ["packagerevision"] });
    await waitUntil("its exit code is known", () => world.operator.exitCode(), { until: (code) => code === 1 });
    expect(findChildren(join(world.operatorSpec.dir, "operator-data", "mirrors"))).toEqual([]);
    expect(await leaseOf(world)).toMatchObject({ holderIdentity: "" });
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
