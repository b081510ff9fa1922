import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_BOUND_CREDENTIALS } from "../../api/v1alpha1/well-known.ts";
import { parseDuration } from "../../core/identity/duration.ts";
import type { Oid } from "../../core/identity/oid.ts";
import { branchRef } from "../../core/identity/refs.ts";
import type { RemoteUrl } from "../../core/identity/url.ts";
import { writeSettingsOf } from "../../core/repository/write-settings.ts";
import type { ReconcileContext } from "../../runtime/reconcile.ts";
import { GitError, isAboveLimit, isClosed } from "../../storage/git/errors.ts";
import type { RemoteAccess } from "../../storage/git/exec/remote-access.ts";
import type { Verification } from "../../storage/git/package-store/verify-tag.ts";
import { ABOVE_LIMIT_RETRY_MS } from "../shared/classify-error.ts";
import type { RepositoryContext } from "./context.ts";
import { assertSufficient } from "./credentials.ts";
import { identityOf } from "./mirror-identity.ts";
import type { SharedMirror } from "./mirror-pool.ts";
import { RepositoryCache, type RepositoryCacheOptions } from "./repository-cache.ts";
import { planRepositoryRetention } from "./repository-retention.ts";
import type { SecretReader } from "./secret.ts";
import { SlowRemotes } from "./slow-remotes.ts";
import { removeUnusedMirrors } from "./unused-mirrors.ts";
import { readVerification, VerificationError, verificationOf } from "./verification.ts";

const DEFAULT_INTERVAL_MS = 60_000;

/** The last fetch of a Repository. */
interface LastFetch {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly request: string;
}

/** A remote that is above a limit: it is not asked again before a time. */
interface LimitRefusal {
  readonly error: unknown;
  /** Monotonic milliseconds. */
  readonly until: number;
  readonly request: string;
}

/**
 * Reads Repositories from Git: fetches when the interval has passed or the user requests it, and keeps their caches.
 */
export class RepositoryReader {
  readonly #context: RepositoryContext;
  readonly #secrets: SecretReader;
  readonly #slowRemotes = new SlowRemotes();
  /** By the Repository's key. */
  readonly #fetches = new Map<string, LastFetch>();
  readonly #refusals = new Map<string, LimitRefusal>();
  readonly #pushProblems = new Map<string, GitError>();
  /** The request of the last fetch, also of one that failed. */
  readonly #requests = new Map<string, string>();

  constructor(context: RepositoryContext, secrets: SecretReader) {
    this.#context = context;
    this.#secrets = secrets;
  }

  /** The next `read` fetches, whenever the last fetch was. */
  expire(key: string): void {
    this.#fetches.delete(key);
    this.#refusals.delete(key);
  }

  /** Milliseconds until the next fetch by interval. */
  dueInMs(repository: Repository): number {
    const now = this.#context.uptimeMs();
    const last = this.#fetches.get(keyOf(repository))?.at ?? now;
    return Math.max(last + intervalOf(repository) - now, 0);
  }

  /**
   * The cache of a Repository, up to date with its mirror. Fetches first where that is due, or `request` is not that of
   * the last fetch. Throws `GitError`, `CredentialsError` and `VerificationError`.
   */
  async read(
    repository: Repository,
    remote: RemoteUrl,
    request: string,
    { releaseWorkerWhile }: Pick<ReconcileContext, "releaseWorkerWhile">,
  ): Promise<RepositoryCache> {
    const key = keyOf(repository);
    const now = this.#context.uptimeMs();
    const last = this.#fetches.get(key);
    const refusal = this.#refusals.get(key);
    if (refusal !== undefined && refusal.request === request && now < refusal.until) throw refusal.error;
    let cache = this.#context.registry.get(key);
    if (
      cache !== undefined &&
      (cache.uid !== repository.metadata.uid || cache.store.mainRef !== mainRefOf(repository))
    ) {
      // Deleted and created again before the deletion was reconciled, or spec.git.ref names another branch now.
      await this.release(key);
      cache = undefined;
    }
    if (cache === undefined || last?.request !== request || now >= last.at + intervalOf(repository)) {
      // Recorded before the fetch: `expire` during it, after a change of the Secret, must lead to another one.
      this.#fetches.set(key, { at: now, request });
      this.#refusals.delete(key);
      const isAskedFor = this.#requests.has(key) && this.#requests.get(key) !== request;
      this.#requests.set(key, request);
      try {
        const fetching = this.#fetch(repository, remote, cache, isAskedFor);
        cache = await this.#slowRemotes.waitFor(repository.metadata.namespace, fetching, releaseWorkerWhile);
      } catch (error) {
        const until = this.#context.uptimeMs() + ABOVE_LIMIT_RETRY_MS;
        if (isAboveLimit(error)) this.#refusals.set(key, { error, until, request });
        throw error;
      }
    }
    await cache.store.refresh();
    return cache;
  }

  /** Why the remote would take no push, as of the last fetch of a Repository that has that checked. */
  pushProblem(key: string): GitError | undefined {
    return this.#pushProblems.get(key);
  }

  /** Drops everything kept of a Repository but its mirror on disk. */
  async release(key: string): Promise<void> {
    const { registry, mirrors } = this.#context;
    this.expire(key);
    this.#requests.delete(key);
    this.#pushProblems.delete(key);
    registry.get(key)?.close();
    registry.delete(key);
    await mirrors.release(key);
    this.#secrets.release(key);
  }

  async #fetch(
    repository: Repository,
    remote: RemoteUrl,
    known: RepositoryCache | undefined,
    isAskedFor: boolean,
  ): Promise<RepositoryCache> {
    const { mirrors, channel } = this.#context;
    const key = keyOf(repository);
    const verification = await this.#readVerification(repository, known);
    // Before the fetch: new refs must be verified by the new rule.
    known?.store.setVerification(verification);
    known?.store.setTrustedRepositories(repository.spec.trustedRepositories ?? []);
    known?.store.setWriteSettings(writeSettingsOf(repository.spec));
    const identity = identityOf(repository, remote);
    const { namespace, credentials } = identity;
    const boundOnly = repository.metadata.annotations?.[ANNOTATION_BOUND_CREDENTIALS] === "true";
    const { url } = remote;
    const secret = { namespace, name: credentials, url, boundOnly, repository: key };
    const access: RemoteAccess = { url, ...(credentials !== "" && (await this.#secrets.read(secret))) };
    assertSufficient(remote, access);
    if (known === undefined) await mirrors.release(key);
    const shared = await mirrors.acquire(key, identity, access);
    if (isAskedFor) shared.mirror.retryRefused();
    await shared.writer.fetch();
    await this.#checkPush(repository, shared);
    if (known?.shared === shared) {
      channel.emit({ kind: "fetched", repository: key });
      return known;
    }
    if (known !== undefined) {
      known.close();
      await mirrors.release(key, shared);
      await removeUnusedMirrors(this.#context);
    }
    return await this.#open(repository, shared, verification, known?.store.followed);
  }

  async #checkPush(repository: Repository, { mirror }: SharedMirror): Promise<void> {
    const key = keyOf(repository);
    this.#pushProblems.delete(key);
    if (!repository.spec.git?.checkPush) return;
    try {
      await mirror.checkPush(mainRefOf(repository));
    } catch (error) {
      if (!(error instanceof GitError) || isClosed(error)) throw error;
      this.#pushProblems.set(key, error);
    }
  }

  /** Without its keys, a Repository that was read keeps what it has; one that was not is not read at all. */
  async #readVerification(
    repository: Repository,
    known: RepositoryCache | undefined,
  ): Promise<Verification | undefined> {
    try {
      return await readVerification(this.#context, repository);
    } catch (error) {
      if (error instanceof VerificationError) known?.store.setVerification(verificationOf(repository));
      throw error;
    }
  }

  /** @param followed how far the published branch was followed with other credentials: status may be older */
  async #open(
    repository: Repository,
    shared: SharedMirror,
    verification: Verification | undefined,
    followed: Oid | undefined,
  ): Promise<RepositoryCache> {
    const { registry, channel, log } = this.#context;
    const { metadata, spec, status } = repository;
    const key = keyOf({ metadata });
    const options: RepositoryCacheOptions = {
      layout: { directory: spec.git?.directory ?? "", deployment: spec.deployment ?? false },
      mainRef: mainRefOf(repository),
      uid: metadata.uid ?? "",
      trustedRepositories: spec.trustedRepositories ?? [],
      settings: writeSettingsOf(spec),
      ...(verification !== undefined && { verification }),
      followed: followed ?? status?.commit,
      onChanged: (changed) => channel.emit({ kind: "revisionsChanged", repository: key, changed }),
      onPushed: ({ refs, ...push }) => log.info("pushed", { ...push, refs: Object.fromEntries(refs) }),
    };
    const cache = await RepositoryCache.open(key, shared, options);
    // Before any revision is reconciled: contents that were not kept before a restart must not be added and removed
    // again.
    await planRepositoryRetention(this.#context, repository, cache);
    registry.set(cache);
    channel.emit({ kind: "firstSynced", repository: key });
    return cache;
  }
}

function mainRefOf({ spec }: Repository): string {
  return branchRef(spec.git?.ref ?? "main");
}

export function intervalOf({ spec }: Repository): number {
  return parseDuration(spec.sync?.interval ?? "") ?? DEFAULT_INTERVAL_MS;
}
