import { keyOf } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { DONE, type ReconcileContext, type Result } from "../../runtime/reconcile.ts";
import { isMirrorDamage } from "../../storage/git/errors.ts";
import type { RepositoryContext } from "./context.ts";
import { quarantineOf, whileReading } from "./quarantine.ts";
import { intervalOf, type RepositoryReader } from "./reader.ts";
import { validateIn } from "./validate.ts";

/**
 * Repositories that another replica owns, and that this replica reads because a draft of its own waits for an upstream
 * there. Nothing is written for them.
 */
export class ForeignRepositories {
  readonly #context: RepositoryContext;
  readonly #reader: RepositoryReader;
  readonly #keys = new Set<string>();

  constructor(context: RepositoryContext, reader: RepositoryReader) {
    this.#context = context;
    this.#reader = reader;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The next reconcile fetches; false where the Repository is not read here. */
  expire(key: string): boolean {
    if (!this.#keys.has(key)) return false;
    this.#reader.expire(key);
    return true;
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }

  /** Reads the Repository while a draft of this replica waits for it, and releases it otherwise. */
  async readForeignRepository(repository: Repository, call: ReconcileContext): Promise<Result> {
    const { mirrors, registry, ownership, journal } = this.#context;
    const key = keyOf(repository);
    const validated = validateIn(this.#context, repository);
    const isRefused = "reason" in validated || quarantineOf(journal, repository) !== undefined;
    if (!this.#isNeeded(key) || isRefused) {
      // It may have been this replica's until now: its work in progress ends first.
      if (registry.get(key) !== undefined) await ownership.settled();
      this.delete(key);
      await this.#reader.release(key);
      return DONE;
    }
    this.#keys.add(key);
    try {
      await whileReading(journal, repository, call, (reading) =>
        this.#reader.read(repository, validated, `${repository.metadata.generation}`, reading),
      );
      return { requeueAfterMs: intervalOf(repository), priority: "low" };
    } catch (error) {
      this.#reader.expire(key);
      if (isMirrorDamage(error)) await mirrors.reportDamage(key);
      throw error;
    }
  }

  #isNeeded(key: string): boolean {
    const { revisions, ownership } = this.#context;
    return revisions.byIndex("waitingForUpstream", key).some((one) => ownership.ownsRevision(one));
  }
}
