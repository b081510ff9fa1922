import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { forEachInTurns } from "../../event-loop/turns.ts";
import { DONE, type ReconcileContext, type Result } from "../../runtime/reconcile.ts";
import { isAboveLimit, isMirrorDamage } from "../../storage/git/errors.ts";
import { addFinalizer } from "../shared/add-finalizer.ts";
import { repositories } from "../shared/kinds.ts";
import { reportFailure } from "../shared/report-failure.ts";
import type { RepositoryContext } from "./context.ts";
import { CredentialsError } from "./credentials.ts";
import { finalizeRepository } from "./finalizer.ts";
import type { ForeignRepositories } from "./foreign.ts";
import { quarantineOf, whileReading } from "./quarantine.ts";
import type { RepositoryReader } from "./reader.ts";
import { readinessFromError, writeStatus } from "./status.ts";
import { syncRepository } from "./sync.ts";
import { removeUnusedMirrors } from "./unused-mirrors.ts";
import { validateIn } from "./validate.ts";

/**
 * Reconciles Repositories: those of this replica are synced or finalized, those of others read while a draft needs
 * them.
 */
export class RepositoryReconciler {
  readonly #context: RepositoryContext;
  readonly #reader: RepositoryReader;
  readonly #foreign: ForeignRepositories;

  constructor(context: RepositoryContext, reader: RepositoryReader, foreign: ForeignRepositories) {
    this.#context = context;
    this.#reader = reader;
    this.#foreign = foreign;
  }

  /** Closes the mirrors of all Repositories that another replica owns by now. */
  async releaseUnowned(): Promise<void> {
    const { repositories: all, ownership } = this.#context;
    const released: Promise<void>[] = [];
    await forEachInTurns(all.list(), (one) => {
      if (this.#foreign.has(keyOf(one)) || !ownership.ownsRepository(one)) released.push(this.#release(keyOf(one)));
    });
    await Promise.all(released);
  }

  async reconcile(key: string, call: ReconcileContext): Promise<Result> {
    const repository = this.#context.repositories.get(key);
    if (repository === undefined) {
      this.#context.journal.forget(key);
      await this.#release(key);
      await removeUnusedMirrors(this.#context);
      return DONE;
    }
    const work = async () => await this.#reconcileOwn(key, repository, call);
    const result = await this.#context.ownership.forRepository(repository, work);
    return result ?? (await this.#foreign.readForeignRepository(repository, call));
  }

  async #reconcileOwn(key: string, repository: Repository, call: ReconcileContext): Promise<Result> {
    try {
      if (repository.metadata.deletionTimestamp !== undefined) {
        return await finalizeRepository(this.#context, repository, () => this.#release(key));
      }
      return await this.#sync(key, repository, call);
    } catch (error) {
      await this.#reportFailure(key, repository, error);
      throw error;
    }
  }

  async #sync(key: string, repository: Repository, call: ReconcileContext): Promise<Result> {
    const { journal } = this.#context;
    const validated = validateIn(this.#context, repository);
    const usable = "reason" in validated ? validated : (quarantineOf(journal, repository) ?? validated);
    if ("reason" in usable) {
      await this.#release(key);
      await writeStatus(this.#context, repository, { state: "stalled", ...usable });
      return DONE;
    }
    const owned = await addFinalizer(this.#context.client, repositories, repository, FINALIZER);
    return await whileReading(journal, owned, call, (reading) =>
      syncRepository(this.#context, this.#reader, owned, usable, reading),
    );
  }

  async #reportFailure(key: string, repository: Repository, error: unknown): Promise<void> {
    const { mirrors, registry, events } = this.#context;
    if (!isAboveLimit(error)) this.#reader.expire(key);
    const commit = registry.get(key)?.store.followed;
    if (error instanceof CredentialsError) await this.#dropCredentials(key, repository, error);
    if (isMirrorDamage(error)) await mirrors.reportDamage(key);
    const readiness = readinessFromError(error, repository);
    if (readiness === undefined) return;
    const known = commit === undefined ? undefined : { commit };
    const write = async () => await writeStatus(this.#context, repository, readiness, known);
    await reportFailure(events, repository, { readiness, action: "Sync", write });
  }

  async #dropCredentials(key: string, repository: Repository, { reason }: CredentialsError): Promise<void> {
    const remote = validateIn(this.#context, repository);
    if (reason === "SecretNotFound" && "url" in remote) await this.#context.mirrors.revokeCredentials(key, remote.url);
    // Nothing may be pushed with them either. A mirror that another Repository may still use stays open for that one.
    if (reason === "HostNotAllowed") await this.#release(key);
  }

  async #release(key: string): Promise<void> {
    this.#foreign.delete(key);
    await this.#reader.release(key);
  }
}
