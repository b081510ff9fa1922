import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRunning } from "../harness/processes.ts";
import { readRunState } from "../harness/run-state.ts";

const root = join(import.meta.dirname, "..", "..");
const make = async (...args: readonly string[]) => (await promisify(execFile)("make", ["-C", root, ...args])).stdout;

describe("make demo", () => {
  let dir: string;
  beforeAll(async () => {
    dir = join(await mkdtemp(join(tmpdir(), "pkgserver-demo-")), "run");
  });
  afterAll(async () => {
    await make("demo-stop", `RUN=${dir}`);
    await rm(join(dir, ".."), { recursive: true, force: true });
  });

  it("takes a package from a blueprint to a tag, and leaves everything running", async () => {
    const output = await make("demo", `RUN=${dir}`);
    expect(output).toMatch(/catalog\.catalog\.web\.storefront\.v1 +True +Published/);
    expect(output).toContain("the contents are frozen");
    expect(output).toContain("user alice may not approve");
    expect(output).toMatch(/bob: Publish edge1\/web\/storefront v1/);
    expect(output).toContain("Approved-By: bob");
    expect(output).toMatch(/deployment\.apps\/storefront created/);
    const state = await readRunState(dir);
    expect(state?.processes.map(({ name, ref }) => [name, isRunning(ref)])).toEqual(
      ["operator", "kube-apiserver", "etcd", "git-server"].map((name) => [name, true]),
    );
  });

  it("goes on where it is: a second run makes the next revision", async () => {
    expect(await make("up", `RUN=${dir}`)).toContain("already running");
    expect(await make("demo", `RUN=${dir}`)).toMatch(/is edge1\/web\/storefront\/v2/);
  });

  it("ends with everything gone", async () => {
    const state = await readRunState(dir);
    await make("demo-stop", `RUN=${dir}`);
    expect(state?.processes.filter(({ ref }) => isRunning(ref))).toEqual([]);
    await expect(stat(dir)).rejects.toThrow("ENOENT");
  });
});
