import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC, FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { parseDuration } from "../../core/identity/duration.ts";
import { branchRef } from "../../core/identity/refs.ts";
import { parseRemoteUrl, type RemoteUrl } from "../../core/identity/url.ts";
import { validateRepository } from "../../core/repository/validate-repository.ts";
import { isNotFound } from "../../kube/client/errors.ts";

import { DONE, type ReconcileContext, type Result } from "../../runtime/reconcile.ts";
import { GitError, isClosed, isMirrorDamage } from "../../storage/git/errors.ts";

import type { RemoteAccess } from "../../storage/git/exec/remote-access.ts";
import { MainHistory } from "../../storage/git/package-store/main-history.ts";
import type { ControllerContext } from "../shared/context.ts";
import { repositories, secrets } from "../shared/kinds.ts";
import { planRepositoryRetention } from "./contents-retention.ts";
import { createMissing } from "./discovered-revisions.ts";
import { finalizeRepository } from "./finalizer.ts";
import type { MirrorIdentity } from "./mirror-pool.ts";
import { RepositoryCache } from "./repository-cache.ts";
import { CredentialsError, readCredentials } from "./secret.ts";
import { readinessFromError, readinessOf, writeStatus } from "./status.ts";

/** What is no secret in a Secret: a user called `git` must not be blotted out of every line of the log. */
const PUBLIC_KEYS: ReadonlySet<string> = new Set(["username", "known_hosts", "ca.crt"]);

/** The last look at a remote: what it was asked for, and when, by the operator's uptime. */
interface LastSync {
  readonly at: number;
  readonly asked: string;
}

interface Callbacks {
  readonly onTouched: (repository: string, names: ReadonlySet<string>) => void;
  /** Told of each look at the remote that went well, but for the first. */
  readonly onFetched: (repository: string) => void;
  readonly onFirstSync: (repository: string) => void;
  /** Told the keys of package revisions whose files are to come into the cluster, or to go. */
  readonly onKeptOtherwise: (revisions: readonly string[]) => void;
}

/** Reconciles Repositories: fetches, takes in what Git has, and makes the objects that are missing for it. */
export class RepositoryReconciler {
  readonly #operator: ControllerContext;
  readonly #callbacks: Callbacks;
  readonly #synced = new Map<string, LastSync>();
  readonly #secretVersions = new Map<string, string>();
  /** Repositories of other replicas that are read for now. */
  readonly #followed = new Set<string>();

  constructor(operator: ControllerContext, callbacks: Callbacks) {
    this.#operator = operator;
    this.#callbacks = callbacks;
  }

  /** Forgets when a Repository was last looked at, so that the next reconcile asks the remote. */
  expire(key: string): void {
    this.#synced.delete(key);
  }

  /** Removes the clones of Repositories that are gone, or are elsewhere now. To be called when all Repositories are known. */
  async removeUnusedClones(): Promise<void> {
    const { repositories: known, allowedTransports } = this.#operator;
    const identities = known.list().flatMap((one) => {
      const remote = parseRemoteUrl(one.spec.git?.url ?? "", allowedTransports);
      return "problem" in remote ? [] : [identityOf(one, remote)];
    });
    await this.#operator.mirrors.removeUnused(identities);
  }

  /** Ends the use of all clones that are another replica's to use by now. */
  async releaseUnowned(): Promise<void> {
    const { repositories: all, ownership } = this.#operator;
    const lost = all.list().filter((one) => this.#followed.has(keyOf(one)) || !ownership.ownsRepository(one));
    await Promise.all(lost.map(async (one) => await this.#forget(keyOf(one))));
  }

  /** Another replica's Repository may have something new for those who wait for it; true if it is read here. */
  lookAgain(key: string): boolean {
    if (!this.#followed.has(key)) return false;
    this.expire(key);
    return true;
  }

  async reconcile(key: string, context: ReconcileContext): Promise<Result> {
    const repository = this.#operator.repositories.get(key);
    if (repository === undefined) {
      await this.#forget(key);
      await this.removeUnusedClones();
      return DONE;
    }
    const work = async () => await this.#reconcileOwn(key, repository, context);
    return (await this.#operator.ownership.forRepository(repository, work)) ?? (await this.#follow(key, repository));
  }

  async #reconcileOwn(key: string, repository: Repository, context: ReconcileContext): Promise<Result> {
    if (repository.metadata.deletionTimestamp !== undefined) {
      return await finalizeRepository(this.#operator, repository);
    }
    const others = this.#operator.repositories.list(repository.metadata.namespace);
    const judged = validateRepository(repository, others, this.#operator.allowedTransports);
    if ("reason" in judged) {
      await this.#forget(key);
      await writeStatus(this.#operator, repository, { state: "stalled", ...judged });
      return DONE;
    }
    try {
      const owned = await this.#ensureFinalizer(repository);
      return await this.#sync(key, owned, judged, context);
    } catch (error) {
      this.#synced.delete(key);
      const isSecretGone = error instanceof CredentialsError && error.reason === "SecretNotFound";
      if (isSecretGone) await this.#operator.mirrors.revokeCredentials(key, judged.url);
      if (isMirrorDamage(error)) await this.#operator.mirrors.reportDamage(key);
      if (!isClosed(error)) await writeStatus(this.#operator, repository, readinessFromError(error, repository));
      throw error;
    }
  }

  /** Another replica's: it is read only for as long as a draft of ours waits to be made from a package in it. */
  async #follow(key: string, repository: Repository): Promise<Result> {
    const { revisions, ownership, repositories: all, allowedTransports } = this.#operator;
    const judged = validateRepository(repository, all.list(repository.metadata.namespace), allowedTransports);
    const wanted = revisions.byIndex("waitingForUpstream", key).some((one) => ownership.ownsRevision(one));
    if (!wanted || "reason" in judged) {
      // What was our own a moment ago is let go of in order.
      if (this.#operator.registry.get(key) !== undefined) await ownership.settled();
      await this.#forget(key);
      return DONE;
    }
    this.#followed.add(key);
    try {
      await this.#read(key, repository, judged, "");
      return { requeueAfterMs: intervalOf(repository), priority: "low" };
    } catch (error) {
      this.#synced.delete(key);
      if (isMirrorDamage(error)) await this.#operator.mirrors.reportDamage(key);
      throw error;
    }
  }

  async #sync(key: string, repository: Repository, remote: RemoteUrl, context: ReconcileContext): Promise<Result> {
    const { generation, annotations } = repository.metadata;
    const state = await this.#read(key, repository, remote, `${generation} ${annotations?.[ANNOTATION_SYNC] ?? ""}`);
    state.acceptHistory(annotations);
    const { mirror } = state.clone;
    const refs = mirror.refs();
    const refused = mirror.refusedRefs().get(state.mainRef);
    if (refused !== undefined) throw new GitError("BadObjects", `${state.mainRef}: ${refused.message}`);
    if (!refs.has(state.mainRef) && !isYoung(state)) {
      throw new GitError("BranchNotFound", `the remote has no branch ${repository.spec.git?.ref ?? "main"}`);
    }
    await createMissing(this.#operator, state, context.signal);
    const { plan, differing } = planRepositoryRetention(this.#operator, repository, state);
    this.#callbacks.onKeptOtherwise(differing);
    await writeStatus(this.#operator, repository, readinessOf(repository, state), { state, kept: plan });
    const now = this.#operator.uptimeMs();
    const next = (this.#synced.get(key)?.at ?? now) + intervalOf(repository) - now;
    return { requeueAfterMs: Math.max(next, 0), priority: "low" };
  }

  /** @param asked what was asked for: something new is a reason to fetch before the interval is over */
  async #read(key: string, repository: Repository, remote: RemoteUrl, asked: string): Promise<RepositoryCache> {
    const now = this.#operator.uptimeMs();
    const last = this.#synced.get(key);
    let state = this.#operator.registry.get(key);
    if (state === undefined || last?.asked !== asked || now >= last.at + intervalOf(repository)) {
      // Before it: who lets it expire meanwhile, for a Secret that has changed, has something newer.
      this.#synced.set(key, { at: now, asked });
      state = await this.#fetch(key, repository, remote, state);
    }
    await state.refresh();
    return state;
  }

  async #fetch(
    key: string,
    repository: Repository,
    remote: RemoteUrl,
    known: RepositoryCache | undefined,
  ): Promise<RepositoryCache> {
    const identity = identityOf(repository, remote);
    const { namespace, credentials } = identity;
    const access = { url: remote.url, ...(credentials !== "" && (await this.#readSecret(namespace, credentials))) };
    if (known === undefined) await this.#operator.mirrors.release(key);
    const clone = await this.#operator.mirrors.acquire(key, identity, access);
    const mainRef = branchRef(repository.spec.git?.ref ?? "main");
    const before = clone.mirror.refs().get(mainRef)?.commit;
    await clone.writer.fetch();
    if (known?.clone === clone) {
      this.#callbacks.onFetched(key);
      return known;
    }
    if (known !== undefined) {
      known.close();
      await this.#operator.mirrors.release(key, clone);
      await this.removeUnusedClones();
    }
    // Status may be older than the mirror, and the mirror may be a new one.
    const history = new MainHistory(clone.mirror, repository.status?.commit);
    await history.follow(before);
    const state = new RepositoryCache({
      key,
      layout: {
        directory: repository.spec.git?.directory ?? "",
        deployment: repository.spec.deployment ?? false,
      },
      mainRef,
      clone,
      history,
      onTouched: (names) => this.#callbacks.onTouched(key, names),
    });
    await state.refresh();
    // Before any of them asks: what was not kept before a restart is not to come now and go again.
    planRepositoryRetention(this.#operator, repository, state);
    this.#operator.registry.set(state);
    this.#callbacks.onFirstSync(key);
    return state;
  }

  async #readSecret(namespace: string, name: string): Promise<Pick<RemoteAccess, "credentials" | "caCertificate">> {
    try {
      const secret = await this.#operator.client.get(secrets, { namespace, name });
      const version = `${secret.metadata.uid} ${secret.metadata.resourceVersion}`;
      if (this.#secretVersions.get(`${namespace}/${name}`) !== version) {
        for (const [key, value] of Object.entries(secret.data ?? {})) {
          if (!PUBLIC_KEYS.has(key)) this.#operator.log.registerSecret(Buffer.from(value, "base64").toString("utf8"));
        }
        this.#secretVersions.set(`${namespace}/${name}`, version);
      }
      return readCredentials(secret);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new CredentialsError(
        "SecretNotFound",
        `there is no Secret ${name} (spec.git.credentials) in this namespace`,
      );
    }
  }

  async #ensureFinalizer(repository: Repository): Promise<Repository> {
    const { finalizers = [], name, namespace, resourceVersion } = repository.metadata;
    if (finalizers.includes(FINALIZER)) return repository;
    const body = { metadata: { resourceVersion, finalizers: [...finalizers, FINALIZER] } };
    return await this.#operator.client.patch(repositories, { namespace, name }, { kind: "merge", body });
  }

  async #forget(key: string): Promise<void> {
    this.#followed.delete(key);
    this.#synced.delete(key);
    this.#operator.registry.get(key)?.close();
    this.#operator.registry.delete(key);
    await this.#operator.mirrors.release(key);
  }
}

function identityOf({ metadata, spec }: Repository, { url }: RemoteUrl): MirrorIdentity {
  return { namespace: metadata.namespace, url, credentials: spec.git?.credentials ?? "" };
}

function intervalOf({ spec }: Repository): number {
  return parseDuration(spec.sync?.interval ?? "") ?? 60_000;
}

/** Nothing but drafts: the first publication makes the branch for what is published. */
function isYoung({ index, clone, hadMain }: RepositoryCache): boolean {
  const branches = [...clone.mirror.refs().keys()].filter((ref) => ref.startsWith("refs/heads/"));
  return !hadMain && branches.every((ref) => index.isDraft(ref));
}
