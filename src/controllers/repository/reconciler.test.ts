import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, describe, expect, vi } from "vitest";
import { keyOf } from "../../api/meta.ts";
import type { Repository, RepositorySpec } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC, FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { aRepository, aRevision } from "../../core/testing/observed.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import { createLog } from "../../runtime/log.ts";
import { DONE } from "../../runtime/reconcile.ts";
import { GitError } from "../../storage/git/errors.ts";
import { TestRepository, testSettings } from "../../storage/git/testing/repositories.ts";
import { ShardOwnership } from "../sharding/ownership.ts";
import type { RepositoryContext } from "./context.ts";
import type { RepositoryEvent } from "./events.ts";
import { ForeignRepositories } from "./foreign.ts";
import { MirrorPool } from "./mirror-pool.ts";
import { RepositoryReader } from "./reader.ts";
import { RepositoryReconciler } from "./reconciler.ts";
import type { RepositoryCache } from "./repository-cache.ts";
import { RepositoryRegistry } from "./repository-registry.ts";
import { SecretReader } from "./secret.ts";
import { FakeCluster } from "./testing/cluster.ts";

const KEY = "default/blue";
const MINUTE = 60_000;

const V1 = "catalog.blue.dns.v1";
const V2 = "catalog.blue.dns.v2";

/** The Repository controller without its watches: a test sets objects, and reconciles. */
function createEnv(dir: string, remote: string) {
  const cluster = new FakeCluster();
  const log = createLog({ level: "error" });
  const emitted: RepositoryEvent[] = [];
  const channel = { emit: (event: RepositoryEvent) => void emitted.push(event) };
  const mirrors = new MirrorPool({ dir, settings: testSettings, log, now: () => new Date(), channel });
  const recorded: string[] = [];
  const ownership = new ShardOwnership("a", cluster.repositories as Lister<Repository>, () => {});
  ownership.follow({ epoch: 1, members: { a: 1 }, draining: [] });
  let uptimeMs = 0;
  const context = {
    client: cluster.client,
    events: { record: (_: unknown, { reason }: { reason: string }) => void recorded.push(reason) },
    log,
    ownership,
    onError: () => {},
    now: () => new Date("2026-01-01T00:00:00Z"),
    uptimeMs: () => uptimeMs,
    mirrors,
    registry: new RepositoryRegistry(),
    channel,
    allowedTransports: testSettings.transports,
    repositories: cluster.repositories,
    revisions: cluster.revisions,
    contents: cluster.contents,
    contentsBudget: 1_000_000,
  } as unknown as RepositoryContext;
  const reader = new RepositoryReader(context, new SecretReader(context));
  const foreign = new ForeignRepositories(context, reader);
  const reconciler = new RepositoryReconciler(context, reader, foreign);
  return {
    remote,
    cluster,
    mirrors,
    ownership,
    registry: context.registry,
    reader,
    foreign,
    reconciler,
    recorded,
    /** The kinds of the events since the last call. */
    takeEvents: () => emitted.splice(0).map(({ kind }) => kind),
    passTime: (ms: number) => {
      uptimeMs += ms;
    },
    set: (spec: Partial<RepositorySpec> = {}, metadata: object = {}): void => {
      const present = cluster.repositories.get(KEY);
      const repository = aRepository({ git: { url: remote }, ...spec });
      const next = {
        ...present,
        ...repository,
        metadata: { generation: 1, ...repository.metadata, ...present?.metadata, ...metadata },
      };
      cluster.setRepository(next);
    },
    reconcile: async () => await reconciler.reconcile(KEY, { signal: new AbortController().signal } as never),
    ready: () => cluster.repositories.get(KEY)?.status?.conditions?.find(({ type }) => type === "Ready"),
  };
}

/** `template`: a remote with one published package, which each test gets a copy of. */
const it = base
  .extend("template", { scope: "file" }, async ({}, { onCleanup }) => {
    const template = await TestRepository.create();
    onCleanup(() => template.close());
    await template.commitFile("refs/heads/main", "dns/Kptfile", "a: 1\n");
    await template.git("tag", "dns/v1", "main");
    return template;
  })
  .extend("env", async ({ template, onTestFinished }) => {
    const dir = await mkdtemp(join(tmpdir(), "reconciler-"));
    const remote = join(dir, "remote.git");
    await cp(template.bare, remote, { recursive: true });
    const env = createEnv(dir, remote);
    onTestFinished(async () => {
      await env.mirrors.closeAll();
      await rm(dir, { recursive: true });
    });
    return env;
  });

/** The cache of a Repository that has been read. */
function cacheIn({ registry }: ReturnType<typeof createEnv>): RepositoryCache {
  const cache = registry.get(KEY);
  if (cache === undefined) throw new Error("the Repository has not been read");
  return cache;
}

/** Publishes the package `dns` once more, by a tag of an external client. */
async function addRevision({ remote }: ReturnType<typeof createEnv>): Promise<void> {
  await promisify(execFile)("git", ["--git-dir", remote, "tag", "dns/v2", "main"]);
}

const namesIn = ({ cluster }: ReturnType<typeof createEnv>) =>
  cluster.revisions.list().map(({ metadata }) => metadata.name);

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

  it("keeps the finalizers of other controllers", async ({ env }) => {
    env.set({}, { finalizers: ["example.com/other"] });
    await env.reconcile();
    expect(env.cluster.repositories.get(KEY)?.metadata.finalizers).toEqual(["example.com/other", FINALIZER]);
  });

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

  it("fetches at once after it was expired", async ({ env }) => {
    env.set();
    await env.reconcile();
    await addRevision(env);
    env.reader.expire(KEY);
    await env.reconcile();
    expect(namesIn(env)).toEqual([V1, V2]);
  });

  it("reports the sync request that it has carried out", async ({ env }) => {
    env.set({}, { annotations: { [ANNOTATION_SYNC]: "request-1" } });
    await env.reconcile();
    expect(env.cluster.repositories.get(KEY)?.status?.lastHandledSyncRequest).toBe("request-1");
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

  it("is reported when its Secret does not exist, and the password of a deleted Secret is revoked", async ({ env }) => {
    const revoke = vi.spyOn(env.mirrors, "revokeCredentials");
    env.set({ git: { url: env.remote, credentials: "git-auth" } });
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "SecretNotFound" });
    expect(env.ready()).toMatchObject({ status: "False", reason: "SecretNotFound" });
    expect(revoke).toHaveBeenCalledWith(KEY, env.remote);
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
    const removed = vi.spyOn(env.mirrors, "removeUnused");
    env.cluster.repositories.delete(KEY);
    expect(await env.reconcile()).toEqual(DONE);
    expect(env.registry.get(KEY)).toBeUndefined();
    expect(removed).toHaveBeenCalledWith([]);
  });
});

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
    env.cluster.revisions.set(draft);
    expect(await env.reconcile()).toEqual({ requeueAfterMs: MINUTE, priority: "low" });
    expect(env.registry.get(KEY)).toBeDefined();
    expect(env.foreign.has(KEY)).toBe(true);
    expect(env.cluster.repositories.get(KEY)).toEqual(repository);
    expect(env.cluster.revisions.size).toBe(1);

    env.cluster.revisions.delete(keyOf(draft));
    expect(await env.reconcile()).toEqual(DONE);
    expect([env.registry.get(KEY), env.foreign.has(KEY)]).toEqual([undefined, false]);
  });
});
