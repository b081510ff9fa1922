import { describe, expect, vi } from "vitest";
import { keyOf } from "../../api/meta.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { DONE } from "../../runtime/reconcile.ts";
import { it, KEY, MINUTE } from "./testing/env.ts";

describe("a Repository of another replica", () => {
  const LOST = { epoch: 2, members: { b: 1 }, draining: ["a"] };

  it("is neither written nor read", async ({ env }) => {
    env.ownership.follow(LOST);
    env.set();
    expect(await env.reconcile()).toEqual(DONE);
    expect(env.cluster.repositories.get(KEY)?.metadata.finalizers).toBeUndefined();
    expect(env.ready()).toBeUndefined();
    expect(env.registry.get(KEY)).toBeUndefined();
  });

  it("is released when it moves there", async ({ env }) => {
    env.set();
    await env.reconcile();
    env.ownership.follow(LOST);
    await env.reconciler.releaseUnowned();
    expect(env.registry.get(KEY)).toBeUndefined();
  });

  it("stays when another Repository moves", async ({ env }) => {
    env.set();
    await env.reconcile();
    await env.reconciler.releaseUnowned();
    expect(env.registry.get(KEY)).toBeDefined();
  });

  it("is read, and not written, while a draft of this replica waits for an upstream in it", async ({ env }) => {
    env.set();
    const repository = env.cluster.repositories.get(KEY);
    const upstream = { repository: "blue", package: "dns", revision: "v1" };
    const draft = aRevision({ spec: { upstream } });
    vi.spyOn(env.ownership, "forRepository").mockResolvedValue(undefined);
    vi.spyOn(env.ownership, "ownsRevision").mockReturnValue(true);
    vi.spyOn(env.ownership, "ownsRepository").mockReturnValue(true);
    env.cluster.revisions.set(draft);
    expect(await env.reconcile()).toEqual({ requeueAfterMs: MINUTE, priority: "low" });
    expect(env.registry.get(KEY)).toBeDefined();
    expect(env.foreign.has(KEY)).toBe(true);
    expect(env.cluster.repositories.get(KEY)).toEqual(repository);
    expect(env.cluster.revisions.size).toBe(1);

    await env.reconciler.releaseUnowned();
    expect([env.registry.get(KEY), env.foreign.has(KEY)]).toEqual([undefined, false]);

    await env.reconcile();
    env.cluster.revisions.delete(keyOf(draft));
    const settled = vi.spyOn(env.ownership, "settled");
    expect(await env.reconcile()).toEqual(DONE);
    // It may have been this replica's until now.
    expect(settled).toHaveBeenCalledOnce();
    expect([env.registry.get(KEY), env.foreign.has(KEY)]).toEqual([undefined, false]);
  });
});
