import { describe, expect, vi } from "vitest";
import { keyOf } from "../../api/meta.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { DONE } from "../../runtime/reconcile.ts";
import { GitError } from "../../storage/git/errors.ts";
import { PushQueue } from "../../storage/git/push/push-queue.ts";
import { addRevision, cacheIn, type Env, it, KEY, MINUTE, namesIn } from "./testing/env.ts";

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

  describe("while a draft waits for an upstream in it", () => {
    const upstream = { repository: "blue", package: "dns", revision: "v1" };
    const draft = aRevision({ spec: { upstream } });

    /** `ownsDraft`: whether this replica owns the draft. */
    function setDraft(env: Env, { ownsDraft = true } = {}): void {
      env.set();
      vi.spyOn(env.ownership, "forRepository").mockResolvedValue(undefined);
      vi.spyOn(env.ownership, "ownsRevision").mockReturnValue(ownsDraft);
      env.cluster.revisions.set(draft);
    }

    it("is read, and not written", async ({ env }) => {
      setDraft(env);
      const repository = env.cluster.repositories.get(KEY);
      expect(await env.reconcile()).toEqual({ requeueAfterMs: MINUTE, priority: "low" });
      expect(env.registry.get(KEY)).toBeDefined();
      expect(env.foreign.has(KEY)).toBe(true);
      expect(env.cluster.repositories.get(KEY)).toEqual(repository);
      expect(namesIn(env)).toEqual([draft.metadata.name]);
    });

    it("is not read for a draft of another replica", async ({ env }) => {
      setDraft(env, { ownsDraft: false });
      expect(await env.reconcile()).toEqual(DONE);
      expect(env.registry.get(KEY)).toBeUndefined();
    });

    it("is released once no draft waits, after the work on it has ended", async ({ env }) => {
      setDraft(env);
      await env.reconcile();
      env.cluster.revisions.delete(keyOf(draft));
      const settled = vi.spyOn(env.ownership, "settled");
      expect(await env.reconcile()).toEqual(DONE);
      // It may have been this replica's until now.
      expect(settled).toHaveBeenCalledOnce();
      expect([env.registry.get(KEY), env.foreign.has(KEY)]).toEqual([undefined, false]);
    });

    it("is released when shards move, though this replica may own it by now", async ({ env }) => {
      setDraft(env);
      vi.spyOn(env.ownership, "ownsRepository").mockReturnValue(true);
      await env.reconcile();
      await env.reconciler.releaseUnowned();
      expect([env.registry.get(KEY), env.foreign.has(KEY)]).toEqual([undefined, false]);
    });

    it("is fetched again after a failure, without waiting for the interval", async ({ env }) => {
      setDraft(env);
      await env.reconcile();
      env.passTime(MINUTE);
      await addRevision(env);
      const damage = vi.spyOn(env.mirrors, "reportDamage");
      const fetch = vi.spyOn(PushQueue.prototype, "fetch");
      fetch.mockRejectedValueOnce(new GitError("ObjectMissing", "no object"));
      await expect(env.reconcile()).rejects.toThrow("no object");
      expect(damage).toHaveBeenCalledWith(KEY);
      await env.reconcile();
      expect([...cacheIn(env).store.revisions()].map(({ ref }) => ref)).toEqual([
        "refs/tags/dns/v2",
        "refs/tags/dns/v1",
      ]);
    });
  });
});
