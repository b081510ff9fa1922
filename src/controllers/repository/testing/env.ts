import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, vi } from "vitest";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import type { RepositorySpec } from "../../../api/v1alpha1/repository-spec.ts";
import { ENFORCED, type PolicyState } from "../../../core/admission/policy-state.ts";
import { compare } from "../../../core/identity/compare.ts";
import { ageOf } from "../../../core/repository/repositories-by-age.ts";
import { aRepository } from "../../../core/testing/observed.ts";
import type { Lister } from "../../../kube/informer/indexer.ts";
import { CrashJournal } from "../../../runtime/crash-journal.ts";
import { createLog } from "../../../runtime/log.ts";
import { TestRepository, testSettings } from "../../../storage/git/testing/repositories.ts";
import { ShardOwnership } from "../../sharding/ownership.ts";
import type { RepositoryContext } from "../context.ts";
import type { RepositoryEvent } from "../events.ts";
import { ForeignRepositories } from "../foreign.ts";
import { MirrorPool } from "../mirror-pool.ts";
import { RepositoryReader } from "../reader.ts";
import { RepositoryReconciler } from "../reconciler.ts";
import type { RepositoryCache } from "../repository-cache.ts";
import { RepositoryRegistry } from "../repository-registry.ts";
import { SecretReader } from "../secret.ts";
import { FakeCluster } from "./cluster.ts";

/** Of the Repository, and of what the template has in Git. */
export const KEY = "default/blue";
export const MINUTE = 60_000;

export const V1 = "catalog.blue.dns.v1";
export const V2 = "catalog.blue.dns.v2";

const CALL = {
  signal: new AbortController().signal,
  releaseWorkerWhile: async <T>(wait: () => Promise<T>): Promise<T> => await wait(),
};

/** The Repository controller without its watches: a test sets objects, and reconciles. */
export function createEnv(dir: string, remote: string) {
  const cluster = new FakeCluster();
  const log = createLog({ level: "error" });
  const emitted: RepositoryEvent[] = [];
  const channel = {
    emit: (event: RepositoryEvent) => {
      emitted.push(event);
      env.onEvent(event);
    },
  };
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
    now: () => new Date(Date.parse("2026-01-01T00:00:00Z") + uptimeMs),
    uptimeMs: () => uptimeMs,
    mirrors,
    registry: new RepositoryRegistry(),
    channel,
    allowedTransports: testSettings.transports,
    repositories: cluster.repositories,
    byAge: {
      oldest: (namespace: string, count: number) =>
        cluster.repositories
          .list(namespace)
          .toSorted((a, b) => compare(ageOf(a), ageOf(b)))
          .slice(0, count),
    },
    revisions: cluster.revisions,
    contents: cluster.contents,
    contentsBudget: 1_000_000,
    maxSecretValue: 65_536,
    journal: new CrashJournal({ file: join(dir, "journal.json"), limit: 3, onError: () => {} }),
    maxRevisions: 100,
    maxRepositories: 100,
    policies: { reported: () => env.policies },
  } as unknown as RepositoryContext;
  const reader = new RepositoryReader(context, new SecretReader(context));
  const foreign = new ForeignRepositories(context, reader);
  const reconciler = new RepositoryReconciler(context, reader, foreign);
  const env = {
    dir,
    remote,
    context,
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
    reconcile: async () => await reconciler.reconcile(KEY, CALL as never),
    ready: () => cluster.repositories.get(KEY)?.status?.conditions?.find(({ type }) => type === "Ready"),
    policies: ENFORCED as PolicyState,
    /** Called with each event when it is emitted. */
    onEvent: (_event: RepositoryEvent) => {},
  };
  return env;
}

/** `template`: a remote with one published package, which each test gets a copy of. */
export const it = base
  .extend("template", { scope: "file" }, async ({}, { onCleanup }) => {
    const template = await TestRepository.create();
    onCleanup(() => template.close());
    await template.commitFile("refs/heads/main", "dns/Kptfile", "a: 1\n");
    await template.git("tag", "dns/v1", "main");
    return template;
  })
  .extend("dir", async ({}, { onCleanup }) => await temporaryDirectory(onCleanup))
  .extend("emptyDir", async ({}, { onCleanup }) => await temporaryDirectory(onCleanup))
  .extend("env", async ({ template, dir }, { onCleanup }) => {
    const remote = join(dir, "remote.git");
    await cp(template.bare, remote, { recursive: true });
    const env = createEnv(dir, remote);
    onCleanup(async () => {
      vi.restoreAllMocks();
      await env.mirrors.closeAll();
    });
    return env;
  });

async function temporaryDirectory(onCleanup: (remove: () => Promise<void>) => void): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "reconciler-"));
  onCleanup(async () => await rm(dir, { recursive: true }));
  return dir;
}

export type Env = ReturnType<typeof createEnv>;

/** The cache of a Repository that has been read. */
export function cacheIn({ registry }: Env): RepositoryCache {
  const cache = registry.get(KEY);
  if (cache === undefined) throw new Error("the Repository has not been read");
  return cache;
}

/** Runs git on the remote, as an external client. */
export async function gitIn({ remote }: Env, ...args: readonly string[]): Promise<string> {
  const who = ["-c", "user.name=Else", "-c", "user.email=else@example.com"];
  const { stdout } = await promisify(execFile)("git", ["--git-dir", remote, ...who, ...args]);
  return stdout.trim();
}

/** Publishes the package `dns` once more. */
export async function addRevision(env: Env): Promise<void> {
  await gitIn(env, "tag", "dns/v2", "main");
}

export const namesIn = ({ cluster }: Env) => cluster.revisions.list().map(({ metadata }) => metadata.name);
