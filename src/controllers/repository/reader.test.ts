import { readdir } from "node:fs/promises";
import { describe, expect, vi } from "vitest";
import { ANNOTATION_CONFIRM_HISTORY, ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { GitError } from "../../storage/git/errors.ts";
import { PushQueue } from "../../storage/git/push/push-queue.ts";
import { Keyring } from "../../storage/git/signing/keyring.ts";
import { generatePrivateKey } from "../../storage/git/signing/private-key.ts";
import { addRevision, cacheIn, createEnv, type Env, gitIn, it, KEY, MINUTE, namesIn, V1, V2 } from "./testing/env.ts";

describe("the read of a Repository", () => {
  it("fetches when the interval has passed, and not earlier", async ({ env }) => {
    env.set({ sync: { interval: "5m", suspend: false } });
    await env.reconcile();
    env.takeEvents();
    await addRevision(env);
    env.passTime(5 * MINUTE - 1);
    expect(await env.reconcile()).toEqual({ requeueAfterMs: 1, priority: "low" });
    expect(namesIn(env)).toEqual([V1]);
    env.passTime(1);
    expect(await env.reconcile()).toEqual({ requeueAfterMs: 5 * MINUTE, priority: "low" });
    expect(namesIn(env)).toEqual([V1, V2]);
    expect(env.takeEvents()).toContain("fetched");
  });

  it.for([
    ["the sync annotation changes", { annotations: { [ANNOTATION_SYNC]: "now" } }],
    ["the spec changes", { generation: 2 }],
  ] as const)("fetches at once when %s", async ([, metadata], { env }) => {
    env.set();
    await env.reconcile();
    await addRevision(env);
    env.set({}, metadata);
    await env.reconcile();
    expect(namesIn(env)).toEqual([V1, V2]);
  });

  it("is that of another Repository where the object was deleted and created again in between", async ({ env }) => {
    await gitIn(env, "branch", "release", "main^{commit}");
    const release = await gitIn(env, "commit-tree", "main^{tree}", "-p", "main", "-m", "release");
    await gitIn(env, "update-ref", "refs/heads/release", release);
    env.set({}, { uid: "first" });
    await env.reconcile();
    const close = vi.spyOn(cacheIn(env), "close");
    env.set({ git: { url: env.remote, ref: "release" } }, { uid: "second" });
    await env.reconcile();
    expect(close).toHaveBeenCalledOnce();
    expect(cacheIn(env).store.followed).toBe(release);
  });

  it("fetches at once after it was expired", async ({ env }) => {
    env.set();
    await env.reconcile();
    await addRevision(env);
    env.reader.expire(KEY);
    await env.reconcile();
    expect(namesIn(env)).toEqual([V1, V2]);
  });
});

describe("a Repository after a restart without its mirror", () => {
  const restartWith = async (env: Env, dir: string): Promise<Env> => {
    const again = createEnv(dir, env.remote);
    for (const one of env.cluster.repositories.list()) again.cluster.setRepository(one);
    return again;
  };

  it("stops publications if main was rewritten meanwhile, until a user confirms the new history", async ({
    env,
    emptyDir,
  }) => {
    env.set();
    await env.reconcile();
    const rewritten = await gitIn(env, "commit-tree", "main^{tree}", "-m", "other history");
    await gitIn(env, "update-ref", "refs/heads/main", rewritten);
    const again = await restartWith(env, emptyDir);
    await again.reconcile();
    expect(again.ready()).toMatchObject({ status: "False", reason: "HistoryRewritten" });
    const lost = env.cluster.repositories.get(KEY)?.status?.commit;
    again.set({}, { annotations: { [ANNOTATION_CONFIRM_HISTORY]: `${lost}..${rewritten}` } });
    await again.reconcile();
    expect(again.ready()).toMatchObject({ status: "True", reason: "Synced" });
    await again.mirrors.closeAll();
  });

  it("plans retention before any package revision is reconciled", async ({ env, emptyDir }) => {
    env.set();
    const again = await restartWith(env, emptyDir);
    const large = { name: V1, size: 2_000_000, latest: true, present: true };
    const commit = await gitIn(env, "rev-parse", "main");
    const status = { lifecycle: "published", revision: "v1", commit, contentsSize: large.size } as const;
    const revision = aRevision({ status });
    again.cluster.revisions.set({ ...revision, metadata: { ...revision.metadata, name: V1 } });
    const decisions: (boolean | undefined)[] = [];
    again.onEvent = ({ kind }) => {
      if (kind === "firstSynced") decisions.push(again.registry.get(KEY)?.retention.keeps("Auto", large));
    };
    await again.reconcile();
    expect(decisions).toEqual([false]);
    await again.mirrors.closeAll();
  });
});

describe("a Repository with another Secret", () => {
  const KEYS = { "ssh-privatekey": generatePrivateKey(), known_hosts: "HOSTS" };
  const encode = (data: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString("base64")]));
  const setSecret = ({ cluster }: Env, name: string) =>
    cluster.secrets.set({ metadata: { name, namespace: "default" }, data: encode(KEYS) });
  const withSecret = ({ remote }: Env, credentials: string) => ({ git: { url: remote, credentials } });
  const mirrorsIn = async ({ dir }: Env) => (await readdir(dir)).filter((name) => /^[0-9a-f]+\.git$/.test(name));
  const keysIn = async ({ dir }: Env) => (await readdir(dir, { recursive: true })).filter((name) => /\/id$/.test(name));

  it("is read through a mirror of its own, and the old one is removed from disk", async ({ env }) => {
    for (const name of ["one", "two"]) setSecret(env, name);
    env.set(withSecret(env, "one"));
    await env.reconcile();
    const before = await mirrorsIn(env);
    const close = vi.spyOn(cacheIn(env), "close");
    env.set(withSecret(env, "two"), { generation: 2 });
    await env.reconcile();
    expect(await mirrorsIn(env)).toHaveLength(1);
    expect(await mirrorsIn(env)).not.toEqual(before);
    expect(await keysIn(env)).toHaveLength(1);
    expect(close).toHaveBeenCalledOnce();
    expect(env.takeEvents().filter((kind) => kind === "firstSynced")).toHaveLength(2);
  });

  it("notices a main that was rewritten meanwhile, though status does not know its last commit", async ({ env }) => {
    for (const name of ["one", "two"]) setSecret(env, name);
    env.set(withSecret(env, "one"));
    await env.reconcile();
    const published = await gitIn(env, "commit-tree", "main^{tree}", "-p", "main", "-m", "published");
    const before = await gitIn(env, "rev-parse", "main");
    await gitIn(env, "update-ref", "refs/heads/main", published);
    await cacheIn(env).store.fetch();
    await gitIn(env, "update-ref", "refs/heads/main", before);
    env.set(withSecret(env, "two"), { generation: 2 });
    await env.reconcile();
    expect(env.ready()).toMatchObject({ reason: "HistoryRewritten" });
  });

  it("does not keep the old credentials on disk when the first fetch with them failed", async ({ env }) => {
    for (const name of ["one", "two"]) setSecret(env, name);
    env.set(withSecret(env, "one"));
    const fetch = vi.spyOn(PushQueue.prototype, "fetch");
    fetch.mockRejectedValueOnce(new GitError("AuthenticationFailed", "denied"));
    await expect(env.reconcile()).rejects.toThrow("denied");
    expect(await keysIn(env)).toHaveLength(1);
    env.set(withSecret(env, "two"), { generation: 2 });
    await env.reconcile();
    expect(await keysIn(env)).toHaveLength(1);
    expect(env.ready()).toMatchObject({ reason: "Synced" });
  });
});

describe("a Repository with verification", () => {
  const verification = { secretRef: { name: "signers" } };
  const key = Keyring.publicKeyOf(generatePrivateKey());
  const setKeys = ({ cluster }: Env, text: string) =>
    cluster.secrets.set({
      metadata: { name: "signers", namespace: "default" },
      data: { keys: Buffer.from(text).toString("base64") },
    });
  const shown = (env: Env) => [...cacheIn(env).store.revisions()].map(({ ref }) => ref);

  it("shows no tag that is not verified", async ({ env }) => {
    setKeys(env, `ssh-ed25519 ${key}`);
    env.set({ verification });
    await env.reconcile();
    expect(namesIn(env)).toEqual([]);
    expect(env.cluster.repositories.get(KEY)?.status?.skipped).toMatchObject([{ reason: "NotVerified" }]);
  });

  it("keeps what counts while its Secret is missing, and lets no other tag count", async ({ env }) => {
    env.set();
    await env.reconcile();
    env.set({ verification }, { generation: 2 });
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "SecretNotFound" });
    expect(env.ready()).toMatchObject({ status: "False", reason: "SecretNotFound" });
    // Fetched by a push, for example.
    await addRevision(env);
    await cacheIn(env).store.fetch();
    expect(shown(env)).toEqual(["refs/tags/dns/v1"]);
    setKeys(env, `ssh-ed25519 ${key}`);
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
    expect(shown(env)).toEqual([]);
    // Their objects stay, and report it.
    expect(namesIn(env)).toEqual([V1]);
  });

  it("is not read at all without its keys after a restart", async ({ env }) => {
    env.set({ verification });
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "SecretNotFound" });
    expect(env.registry.get(KEY)).toBeUndefined();
  });
});
