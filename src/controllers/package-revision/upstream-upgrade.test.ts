import { describe, expect, it } from "vitest";
import { GitError } from "../../storage/git/errors.ts";
import { StepEnv } from "./testing/step-env.ts";
import { upgradeChanged, withUpgrade } from "./upstream-upgrade.ts";

const DONE = { status: {}, readiness: { state: "ready", reason: "Draft", message: "" } } as const;
const upstream = { repository: "blue", package: "lib" };

describe("status.upgrade", () => {
  it("is the later revision of the upstream, of drafts and the latest published revision", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "1\n" });
    const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
    await env.publish(name);
    expect(env.revision(name).status).not.toHaveProperty("upgrade");
    await env.published("lib", { f: "2\n" }, "two");
    const draft = env.create("dns", {}, "two");
    await env.settle(draft);
    await env.settle(name);
    for (const one of [name, draft]) {
      expect(env.revision(one).status).toMatchObject({ upgrade: "v2", upgradeChanges: "1 file changed" });
    }
    const upgraded = env.create("dns", { tasks: [{ type: "upgrade" }], upstream }, "three");
    await env.publish(upgraded);
    await env.settle(name);
    expect(env.revision(upgraded).status).not.toHaveProperty("upgrade");
    expect(env.revision(upgraded).status).not.toHaveProperty("upgradeChanges");
    // It is no longer the latest.
    expect(env.revision(name).status).not.toHaveProperty("upgrade");
  });

  it("stays as it is while the upstream's Repository is not read", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "1\n" });
    const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
    await env.settle(name);
    const lock = { ...env.revision(name).status?.upstreamLock, repository: "closed" };
    env.api.patchStatus("packagerevisions", name, {
      status: { upgrade: "v7", upgradeChanges: "1 file added", upstreamLock: lock },
    });
    expect(upgradeChanged(env.dependencies, env.revision(name), new Set())).toBe(false);
    const [result] = await withUpgrade(env.dependencies, env.revision(name), [DONE]);
    expect(result?.status).toEqual({ upgrade: "v7", upgradeChanges: "1 file added" });
  });

  it("changes with its number, and with the files of its tag", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "1\n" });
    const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
    await env.settle(name);
    const [v1, v2] = [new Set(["refs/tags/lib/v1"]), new Set(["refs/tags/lib/v2"])];
    expect(upgradeChanged(env.dependencies, env.revision(name), v1)).toBe(false);
    await env.published("lib", { f: "2\n" }, "two");
    expect(upgradeChanged(env.dependencies, env.revision(name), new Set())).toBe(true);
    await env.settle(name);
    expect(upgradeChanged(env.dependencies, env.revision(name), v1)).toBe(false);
    expect(upgradeChanged(env.dependencies, env.revision(name), v2)).toBe(true);
  });

  it("does not say what changes if the revision of the lock is not in Git", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "1\n" });
    const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
    await env.settle(name);
    await env.published("lib", { f: "2\n" }, "two");
    const lock = { ...env.revision(name).status?.upstreamLock, commit: "0".repeat(40) };
    env.api.patchStatus("packagerevisions", name, { status: { upstreamLock: lock } });
    const [result] = await withUpgrade(env.dependencies, env.revision(name), [DONE]);
    expect(result?.status).toEqual({ upgrade: "v2", upgradeChanges: undefined });
  });

  it("is reported though the files cannot be read", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "1\n" });
    const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
    await env.settle(name);
    await env.published("lib", { f: "2\n" }, "two");
    const countChanges = async () => {
      throw new GitError("MirrorCorrupt", "an object is damaged");
    };
    const found = env.dependencies.registry.get("default/blue");
    if (found === undefined) throw new Error("the Repository is read");
    const registry = { get: () => ({ ...found, store: env.storeWith({ countChanges }) }) };
    const [result] = await withUpgrade({ registry }, env.revision(name), [DONE]);
    expect(result?.status).toEqual({ upgrade: "v2", upgradeChanges: undefined });
  });
});
