import { describe, expect, it, vi } from "vitest";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { ApiError } from "../../kube/client/errors.ts";
import type { ReconcileContext } from "../../runtime/reconcile.ts";
import { GitError } from "../../storage/git/errors.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import { PackageRevisionReconciler } from "./reconciler.ts";
import { StepEnv } from "./testing/step-env.ts";

const BRANCH = "refs/heads/dns/one";
const CONTEXT = { releaseWorkerWhile: async (wait) => await wait() } as ReconcileContext;

type Ownership = ConstructorParameters<typeof PackageRevisionReconciler>[0]["ownership"];
const OWNED: Ownership = { forRevision: async (_, work) => await work() };

function reconcilerOf(env: StepEnv, changes: Partial<RevisionDependencies> = {}, ownership: Ownership = OWNED) {
  const reconciler = new PackageRevisionReconciler({ ...env.dependencies, ...changes, ownership });
  return async (name: string) => await reconciler.reconcile(`default/${name}`, CONTEXT);
}

/** A registry whose store answers some calls differently. */
function registryWith(env: StepEnv, answers: Parameters<StepEnv["storeWith"]>[0]) {
  const { retention } = env;
  return { registry: { get: () => ({ store: env.storeWith(answers), retention }) } };
}

const readyOf = (env: StepEnv, name: string) =>
  env.revision(name).status?.conditions?.find((condition) => condition.type === "Ready");

describe("PackageRevisionReconciler", () => {
  it("adds its finalizer before it writes anything to Git", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    env.api.patch("packagerevisions", name, { metadata: { finalizers: ["example.com/other"] } });
    const finalizers: unknown[] = [];
    env.remote.beforePush = () => finalizers.push(...(env.revision(name).metadata.finalizers ?? []));
    await reconcilerOf(env)(name);
    expect(finalizers).toEqual(["example.com/other", FINALIZER]);
    expect(env.commitOf(BRANCH)).toBeDefined();
  });

  it("leaves an object alone that another controller's finalizer keeps", async () => {
    const env = await StepEnv.open();
    const name = await env.draft("dns", { f: "mine" });
    env.api.patch("packagerevisions", name, { metadata: { finalizers: ["example.com/other"] } });
    env.api.delete("packagerevisions", name);
    const before = env.writes();
    expect(await reconcilerOf(env)(name)).toEqual({});
    expect(env.writes()).toEqual(before);
  });

  it("starts again for a package that is larger than what it holds, and then has room for it from the start", async () => {
    const env = await StepEnv.open();
    const name = await env.draft("dns", { f: "old" });
    const head = env.push(BRANCH, { "dns/f": "pushed" });
    await env.store.fetch();
    const sizes: number[] = [];
    const readTree: typeof env.store.readTree = async (view, tree, admit) => {
      for (const mebibytes of [1, 60]) {
        await admit?.(mebibytes * 1024 * 1024);
        sizes.push(mebibytes);
      }
      return await env.store.readTree(view, tree);
    };
    const reconcile = reconcilerOf(env, registryWith(env, { readTree }));
    expect(await reconcile(name)).toEqual({ requeueAfterMs: 0 });
    expect([sizes, env.revision(name).status?.commit]).toEqual([[1], expect.not.stringContaining(head)]);
    await reconcile(name);
    expect([sizes.slice(1, 3), env.revision(name).status?.commit]).toEqual([[1, 60], head]);
  });

  it("leaves an object of another replica's shard alone", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const before = env.writes();
    const foreign = { forRevision: async () => undefined };
    await reconcilerOf(env, {}, foreign)(name);
    expect(env.writes()).toEqual(before);
  });

  it("knows nothing of a draft's contents from the time before another replica had it", async () => {
    const env = await StepEnv.open();
    let owner = "a";
    const reconcilers = ["a", "b"].map((id) =>
      reconcilerOf(env, {}, { forRevision: async (_, work) => (owner === id ? await work() : undefined) }),
    );
    const settle = async (name: string) => {
      for (let round = 0; round < 4; round++) for (const reconcile of reconcilers) await reconcile(name);
    };
    const name = env.create("dns");
    await settle(name);
    env.edit(name, { f: "shown by a" });
    await settle(name);
    const { status } = env.revision(name);
    owner = "b";
    env.edit(name, { f: "acknowledged by b" });
    await settle(name);
    // b was killed between two writes, and the branch lost its last commit.
    env.api.patchStatus("packagerevisions", name, { status: { ...status } });
    env.remote.setRef(BRANCH, { oid: `${status?.commit}`, commit: `${status?.commit}` });
    await env.store.fetch();
    owner = "a";
    await settle(name);
    expect(readyOf(env, name)).toMatchObject({ reason: "BranchRewritten" });
    expect(env.page(name).spec.resources).toEqual({ f: "acknowledged by b" });
  });

  it("requeues at once if a step asks for it, and not otherwise", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns", { lifecycle: "proposed", tasks: [{ type: "init" }] });
    const reconcile = reconcilerOf(env);
    expect(await reconcile(name)).toEqual({ requeueAfterMs: 0 });
    expect(await reconcile(name)).toEqual({});
    expect(env.revision(name).status?.lifecycle).toBe("proposed");
  });

  it("decides on its own last write while the cache is still behind", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const stale = env.revision(name);
    const reconcile = reconcilerOf(env, { revisions: { ...env.dependencies.revisions, get: () => stale } });
    await reconcile(name);
    await reconcile(name);
    const get = vi.spyOn(env.dependencies.client, "get");
    const before = env.writes();
    await reconcile(name);
    // Without status, the contents would be read again.
    expect(get).not.toHaveBeenCalled();
    expect(env.writes()).toEqual(before);
  });

  it("reports an error of the store in conditions, and rethrows it for the retry", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const error = new GitError("ConnectionFailed", "no answer");
    const reconcile = reconcilerOf(env, registryWith(env, { begin: () => Promise.reject(error) }));
    await expect(reconcile(name)).rejects.toBe(error);
    expect(readyOf(env, name)).toMatchObject({ status: "False", reason: "ConnectionFailed", message: "no answer" });
  });

  it("reports a bug in conditions, too, and rethrows it for the retry and the log", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const error = new TypeError("x is undefined");
    const reconcile = reconcilerOf(env, registryWith(env, { begin: () => Promise.reject(error) }));
    await expect(reconcile(name)).rejects.toBe(error);
    expect(readyOf(env, name)).toMatchObject({
      status: "False",
      reason: "ReconcileFailed",
      message: "unexpected, see the operator's log: TypeError",
    });
  });

  it("reports what the API server refuses in conditions, and what it refuses of those by an Event", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const error = new ApiError({ code: 403, reason: "Forbidden", message: "exceeded quota" });
    const { client } = env.dependencies;
    const create = vi.spyOn(client, "create").mockRejectedValue(error);
    await expect(reconcilerOf(env)(name)).rejects.toBe(error);
    expect(readyOf(env, name)).toMatchObject({ status: "False", reason: "APIRequestRefused" });
    expect(env.events).toEqual(["APIRequestRefused"]);
    create.mockRestore();
    const other = env.create("dns", {}, "two");
    vi.spyOn(client, "patchStatus").mockRejectedValue(error);
    await expect(reconcilerOf(env)(other)).rejects.toBe(error);
    expect(env.revision(other).status?.conditions).toBeUndefined();
    expect(env.events).toEqual(["APIRequestRefused", "APIRequestRefused"]);
  });

  it("repairs a mirror that an error shows to be damaged", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    let repairs = 0;
    const repair = async () => void repairs++;
    const damaged = (reason: "MirrorCorrupt" | "Timeout") => {
      const begin = () => Promise.reject(new GitError(reason, "x"));
      return registryWith(env, { begin, repair });
    };
    await expect(reconcilerOf(env, damaged("Timeout"))(name)).rejects.toThrow();
    expect(repairs).toBe(0);
    await expect(reconcilerOf(env, damaged("MirrorCorrupt"))(name)).rejects.toThrow();
    expect(repairs).toBe(1);
  });

  it("lets an approval be withdrawn whose push the remote rejected", async () => {
    const env = await StepEnv.open();
    const name = await env.proposal("dns", { f: "mine" });
    env.user.approve(name);
    const publish = () => Promise.reject(new GitError("PushRejected", "protected branch"));
    await expect(reconcilerOf(env, registryWith(env, { publish }))(name)).rejects.toThrow("protected branch");
    expect(env.revision(name).status?.waitingFor).toEqual(["PushRejected"]);
    expect(env.user.setLifecycle(name, "draft")).toBe(true);
  });

  it.each([
    ["an empty draft", {}],
    ["a draft with the files of an init", { tasks: [{ type: "init" as const }] }],
  ])("writes %s once: the next reconcile changes nothing", async (_, spec) => {
    const env = await StepEnv.open();
    const name = env.create("dns", spec);
    const reconcile = reconcilerOf(env);
    await reconcile(name);
    const { writes, ready } = { writes: env.writes(), ready: readyOf(env, name) };
    expect(ready).toMatchObject({ status: "True", reason: "Draft" });
    await reconcile(name);
    expect(env.writes()).toEqual(writes);
    expect(readyOf(env, name)).toEqual(ready);
  });

  it.each([
    ["a proposal", "draft", "proposed"],
    ["a publication", "proposal", "published"],
  ] as const)("writes %s once: the next reconcile changes nothing", async (_, from, lifecycle) => {
    const env = await StepEnv.open();
    const name = await env[from]("dns", { f: "mine" });
    if (lifecycle === "proposed") env.user.setLifecycle(name, "proposed");
    else env.user.approve(name);
    const reconcile = reconcilerOf(env);
    await reconcile(name);
    expect(env.revision(name).status?.lifecycle).toBe(lifecycle);
    const { writes, ready } = { writes: env.writes(), ready: readyOf(env, name) };
    await reconcile(name);
    expect(env.writes()).toEqual(writes);
    expect(readyOf(env, name)).toEqual(ready);
  });
});
