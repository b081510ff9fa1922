import { describe, expect, it } from "vitest";
import { StepEnv } from "./testing/step-env.ts";
import { upgradeOf } from "./upstream-upgrade.ts";

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
    expect([env.revision(name).status?.upgrade, env.revision(draft).status?.upgrade]).toEqual(["v2", "v2"]);
    const upgraded = env.create("dns", { tasks: [{ type: "upgrade" }], upstream }, "three");
    await env.publish(upgraded);
    await env.settle(name);
    expect(env.revision(upgraded).status).not.toHaveProperty("upgrade");
    // It is no longer the latest.
    expect(env.revision(name).status).not.toHaveProperty("upgrade");
  });

  it("stays as it is while the upstream's Repository is not read", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "1\n" });
    const name = env.create("dns", { tasks: [{ type: "clone" }], upstream });
    await env.settle(name);
    const lock = { ...env.revision(name).status?.upstreamLock, repository: "closed" };
    env.api.patchStatus("packagerevisions", name, { status: { upgrade: "v7", upstreamLock: lock } });
    expect(upgradeOf(env.dependencies, env.revision(name))).toBe("v7");
  });
});
