import { describe, expect, vi } from "vitest";
import { ANNOTATION_SYNC, FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { ENFORCED } from "../../core/admission/policy-state.ts";
import { missing, unknown } from "../../core/testing/plan-cases.ts";
import { DONE } from "../../runtime/reconcile.ts";
import { GitError } from "../../storage/git/errors.ts";
import { Mirror } from "../../storage/git/mirror/mirror.ts";
import { addRevision, cacheIn, type Env, gitIn, it, KEY, MINUTE, namesIn, V1, V2 } from "./testing/env.ts";

describe("a Repository's reconcile", () => {
  it("adds the finalizer, creates the package revisions that Git has, and reports what it found", async ({ env }) => {
    env.set();
    expect(await env.reconcile()).toEqual({ requeueAfterMs: MINUTE, priority: "low" });
    expect(env.cluster.repositories.get(KEY)?.metadata.finalizers).toEqual([FINALIZER]);
    expect(namesIn(env)).toEqual([V1]);
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
    expect(env.cluster.repositories.get(KEY)?.status).toMatchObject({ packages: 1, revisions: 1, drafts: 0 });
    expect(env.takeEvents()).toEqual(["revisionsChanged", "firstSynced", "retentionChanged"]);
    expect(env.recorded).toEqual(["Synced"]);
  });

  it("keeps the finalizers of other controllers, bound to the version that it read, and adds its own once", async ({
    env,
  }) => {
    env.set({}, { finalizers: ["example.com/other"] });
    const version = env.cluster.repositories.get(KEY)?.metadata.resourceVersion;
    const patch = vi.spyOn(env.cluster.client, "patch");
    await env.reconcile();
    await env.reconcile();
    expect(patch).toHaveBeenCalledOnce();
    expect(patch.mock.lastCall?.[2].body).toMatchObject({ metadata: { resourceVersion: version } });
    expect(env.cluster.repositories.get(KEY)?.metadata.finalizers).toEqual(["example.com/other", FINALIZER]);
  });

  it("reports the sync request that it has carried out", async ({ env }) => {
    env.set({}, { annotations: { [ANNOTATION_SYNC]: "request-1" } });
    await env.reconcile();
    expect(env.cluster.repositories.get(KEY)?.status?.lastHandledSyncRequest).toBe("request-1");
  });
});

describe("a Repository that has the right to push checked", () => {
  it("shows its packages and why nothing can be pushed, until the remote takes pushes", async ({ env }) => {
    const git = { url: env.remote, checkPush: true };
    const check = vi.spyOn(Mirror.prototype, "checkPush");
    check.mockRejectedValueOnce(new GitError("PushForbidden", "read-only"));
    env.set({ git });
    expect(await env.reconcile()).toEqual({ requeueAfterMs: MINUTE, priority: "low" });
    expect(namesIn(env)).toEqual([V1]);
    expect(env.ready()).toMatchObject({
      status: "False",
      reason: "PushForbidden",
      message: "read-only: name a Secret in spec.git.credentials",
    });
    env.passTime(MINUTE);
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
    expect(check).toHaveBeenCalledTimes(2);
    expect(check).toHaveBeenCalledWith("refs/heads/main");
    env.set({ git: { url: env.remote } }, { generation: 2 });
    await env.reconcile();
    expect(check).toHaveBeenCalledTimes(2);
  });
});

describe("the time of a Repository's last sync", () => {
  const timeIn = ({ cluster }: Env) => cluster.repositories.get(KEY)?.status?.lastSyncTime;
  const versionIn = ({ cluster }: Env) => cluster.repositories.get(KEY)?.metadata.resourceVersion;

  it("is written with a change, and of syncs with nothing new only every five minutes", async ({ env }) => {
    env.set();
    await env.reconcile();
    expect(timeIn(env)).toBe("2026-01-01T00:00:00Z");
    const version = versionIn(env);
    env.passTime(4 * MINUTE);
    await env.reconcile();
    expect(versionIn(env)).toBe(version);
    env.passTime(MINUTE);
    await env.reconcile();
    expect(timeIn(env)).toBe("2026-01-01T00:05:00Z");
    await addRevision(env);
    env.passTime(MINUTE);
    await env.reconcile();
    expect(timeIn(env)).toBe("2026-01-01T00:06:00Z");
  });

  it("stays that of the last one that succeeded", async ({ env }) => {
    env.set();
    await env.reconcile();
    env.passTime(10 * MINUTE);
    vi.spyOn(cacheIn(env).shared.writer, "fetch").mockRejectedValueOnce(new GitError("ConnectionFailed", "no route"));
    await expect(env.reconcile()).rejects.toThrow("no route");
    expect(timeIn(env)).toBe("2026-01-01T00:00:00Z");
  });
});

describe("a Repository while an admission policy is missing", () => {
  it("is read, says so with the name of the policy, and is Synced again when the policy is back", async ({ env }) => {
    env.set();
    env.policies = missing;
    expect(await env.reconcile()).toMatchObject({ requeueAfterMs: MINUTE });
    expect(namesIn(env)).toEqual([V1]);
    expect(env.ready()).toMatchObject({
      status: "False",
      reason: "PoliciesMissing",
      message: expect.stringContaining("ValidatingAdmissionPolicyBinding p is not installed"),
    });
    expect(env.cluster.repositories.get(KEY)?.status).toMatchObject({ packages: 1, revisions: 1 });
    env.policies = ENFORCED;
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
    expect(env.recorded).toEqual(["PoliciesMissing", "Synced"]);
  });

  it("is reconciling, not stalled, while that is not known", async ({ env }) => {
    env.set();
    env.policies = unknown;
    await env.reconcile();
    const types = env.cluster.repositories.get(KEY)?.status?.conditions?.map(({ type }) => type);
    expect(types).toEqual(["Ready", "Reconciling"]);
  });
});

describe("a Repository that cannot be used", () => {
  it("is reported and not retried, and its mirror is released", async ({ env }) => {
    env.set();
    await env.reconcile();
    env.set({ sync: { interval: "1m", suspend: true } });
    expect(await env.reconcile()).toEqual(DONE);
    expect(env.ready()).toMatchObject({ status: "False", reason: "Suspended" });
    expect(env.registry.get(KEY)).toBeUndefined();
  });

  it("is reported when its branch does not exist", async ({ env }) => {
    env.set({ git: { url: env.remote, ref: "other" } });
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "BranchNotFound" });
    expect(env.ready()).toMatchObject({ status: "False", reason: "BranchNotFound" });
  });

  it("is reported when its Secret does not exist, and the password of a deleted Secret is revoked", async ({ env }) => {
    const revoke = vi.spyOn(env.mirrors, "revokeCredentials");
    env.set({ git: { url: env.remote, credentials: "git-auth" } });
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "SecretNotFound" });
    expect(env.ready()).toMatchObject({ status: "False", reason: "SecretNotFound" });
    expect(revoke).toHaveBeenCalledWith(KEY, env.remote);
  });

  it("is released when its Secret may no longer be sent to its host, and reported with the last commit", async ({
    env,
  }) => {
    const remote = { url: env.remote, credentials: "git-auth" };
    const data = { "ca.crt": Buffer.from("CA").toString("base64") };
    let version = 0;
    const bind = (annotations: object) => {
      version += 1;
      const metadata = { namespace: "default", name: "git-auth", annotations, resourceVersion: `${version}` };
      env.cluster.secrets.set({ metadata, data } as never);
    };
    bind({});
    env.set({ git: remote });
    await env.reconcile();
    const commit = env.cluster.repositories.get(KEY)?.status?.commit;
    expect(commit).toBeDefined();
    bind({ "pkg.pkgserver.dev/allowed-hosts": "git.example.com" });
    env.reader.expire(KEY);
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "HostNotAllowed" });
    expect(env.ready()).toMatchObject({ status: "False", reason: "HostNotAllowed" });
    expect(env.cluster.repositories.get(KEY)?.status?.commit).toBe(commit);
    expect(env.registry.get(KEY)).toBeUndefined();
    bind({});
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True" });
  });

  it("is refused at once when it begins to require a bound Secret", async ({ env }) => {
    const data = { "ca.crt": Buffer.from("CA").toString("base64") };
    env.cluster.secrets.set({ metadata: { namespace: "default", name: "git-auth" }, data } as never);
    env.set({ git: { url: env.remote, credentials: "git-auth" } });
    await env.reconcile();
    env.set(
      { git: { url: env.remote, credentials: "git-auth" } },
      { annotations: { "pkg.pkgserver.dev/bound-credentials": "true" } },
    );
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "HostNotAllowed" });
  });

  it("is reported when the remote fails, and the next attempt fetches again", async ({ env }) => {
    env.set();
    await env.reconcile();
    await addRevision(env);
    env.passTime(MINUTE);
    const fetch = vi.spyOn(cacheIn(env).shared.writer, "fetch");
    fetch.mockRejectedValueOnce(new GitError("ConnectionFailed", "no route to host"));
    await expect(env.reconcile()).rejects.toThrow("no route to host");
    expect(env.ready()).toMatchObject({ status: "False", reason: "ConnectionFailed" });
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True" });
    expect(namesIn(env)).toEqual([V1, V2]);
  });

  it("is reported with the last commit that was followed, if its branch is deleted", async ({ env }) => {
    env.set();
    await env.reconcile();
    const head = await gitIn(env, "commit-tree", "-p", "main", "-m", "next", "main^{tree}");
    await gitIn(env, "update-ref", "refs/heads/main", head);
    const { store, shared } = cacheIn(env);
    await shared.writer.fetch();
    await store.refresh();
    await gitIn(env, "update-ref", "-d", "refs/heads/main");
    env.passTime(MINUTE);
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "BranchNotFound" });
    expect(env.cluster.repositories.get(KEY)?.status).toMatchObject({ commit: head, packages: 1, revisions: 1 });
  });

  it("has a damaged mirror cloned again, and is not reported while it is closed", async ({ env }) => {
    env.set();
    await env.reconcile();
    const damage = vi.spyOn(env.mirrors, "reportDamage");
    const refresh = vi.spyOn(cacheIn(env).store, "refresh");
    refresh.mockRejectedValueOnce(new GitError("ObjectMissing", "no object"));
    await expect(env.reconcile()).rejects.toThrow("no object");
    expect(damage).toHaveBeenCalledWith(KEY);
    const before = env.ready();
    refresh.mockRejectedValueOnce(new GitError("Closed", "the repository was closed"));
    await expect(env.reconcile()).rejects.toThrow("closed");
    expect(env.ready()).toEqual(before);
  });
});

describe("a deleted Repository", () => {
  it("deletes its package revisions, and then its finalizer", async ({ env }) => {
    env.set();
    await env.reconcile();
    env.set({}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    await env.reconcile();
    expect(env.cluster.revisions.size).toBe(0);
    expect(env.cluster.repositories.get(KEY)?.metadata.finalizers).toEqual([FINALIZER]);
    expect(await env.reconcile()).toEqual(DONE);
    expect(env.cluster.repositories.get(KEY)?.metadata.finalizers).toEqual([]);
  });

  it("is forgotten with its mirror once it is gone", async ({ env }) => {
    env.set();
    await env.reconcile();
    const close = vi.spyOn(cacheIn(env), "close");
    const released = vi.spyOn(env.mirrors, "release");
    const removed = vi.spyOn(env.mirrors, "removeUnused");
    env.cluster.repositories.delete(KEY);
    expect(await env.reconcile()).toEqual(DONE);
    expect(env.registry.get(KEY)).toBeUndefined();
    expect(close).toHaveBeenCalledOnce();
    expect(released).toHaveBeenCalledWith(KEY);
    expect(removed).toHaveBeenCalledOnce();
  });
});
