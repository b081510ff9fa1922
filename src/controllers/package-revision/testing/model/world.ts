import { isSettled, ModelApi, ModelConflict, ModelUser, type Stored } from "./api.ts";
import { Auditor } from "./auditor.ts";
import { MAIN } from "./mirror.ts";
import { ModelOperator } from "./operator.ts";
import { ModelRemote } from "./remote.ts";
import { pathOf } from "./view.ts";

/** Looks at everything before it must be at rest: a merge, a proposal, its blocker, its publication, and what others see of it. */
const ROUNDS = 25;
/** Effects that one reconcile may have. */
const STEPS = 200;

export interface WorldOptions {
  /** The Repository's `publish: tagOnly`. */
  readonly tagOnly: boolean;
  /** The remote has no commit at all. */
  readonly empty: boolean;
}

/** A remote, an API server, an operator and everybody else; every write is watched over. */
export class ModelWorld {
  readonly api: ModelApi;
  readonly user: ModelUser;
  readonly remote: ModelRemote;
  readonly auditor: Auditor;
  operator: ModelOperator;
  readonly #tagOnly: boolean;
  readonly #running = new Map<string, Generator<undefined, void>>();
  #backup: Stored | undefined;

  constructor(options: WorldOptions) {
    this.#tagOnly = options.tagOnly;
    this.api = new ModelApi({
      onNoted: (name) => this.#checkContents(name),
      onStatus: (before, status) => this.auditor.checkShown(before, status),
    });
    this.user = new ModelUser(this.api);
    this.remote = new ModelRemote((push) => this.auditor.checkPush(push));
    this.auditor = new Auditor(this.api, this.remote, {
      nested: (path) => this.operator.mirror.index.nested(path),
      isKnown: (ref) => this.operator.mirror.refs.has(ref),
    });
    if (!options.empty) {
      const commit = this.remote.commit([], new Map([["README.md", "all of it"]]), "begin", "eve");
      this.remote.setRef(MAIN, { oid: commit, commit });
    }
    this.operator = this.#startOperator();
  }

  names(): readonly string[] {
    return [...this.api.stored.revisions.keys()].sort();
  }

  /** What was written so far: to the API server, and pushes. */
  writes(): { readonly api: number; readonly pushes: number } {
    return { api: this.api.writes, pushes: this.remote.pushes };
  }

  /** True if there ever was a package, or what looked like one, below another. */
  hadNested(): boolean {
    return [...this.remote.everRefs].some((ref) => ref.includes("/a/sub/"));
  }

  /** Goes on with a reconcile of that object, or begins one, until so many of its halts are behind it. */
  step(name: string, halts: number): void {
    const steps = this.#running.get(name) ?? this.operator.reconcile(name);
    this.#running.set(name, steps);
    for (let left = halts; left > 0; left--) {
      if (!this.#advance(name, steps)) return;
    }
  }

  sync(): void {
    this.#finish("", this.operator.sync());
  }

  /** The process is killed, whatever it is doing; `disk`: its mirror stays. */
  crash(disk: boolean): void {
    this.#running.clear();
    this.operator = this.#startOperator(disk ? this.operator : undefined);
  }

  /** Everything in the cluster is as it was; what was under way there has failed. */
  backup(): void {
    this.#backup = this.api.stored;
  }

  restore(): void {
    if (this.#backup === undefined) return;
    for (const steps of this.#running.values()) steps.return();
    this.#running.clear();
    this.api.stored = this.#backup;
    this.operator.forgetWrites();
    for (const page of this.api.stored.contents.values()) this.auditor.forgetAfter(page);
  }

  /** A new cluster: nothing is known but what Git has. */
  loseCluster(): void {
    this.api.stored = { revisions: new Map(), contents: new Map(), repository: { annotations: {} } };
    this.crash(false);
  }

  /** Full resyncs and looks at everything until nothing happens any more. */
  settle(): void {
    for (const [name, steps] of this.#running) this.#finish(name, steps);
    this.#running.clear();
    for (let round = 0; round < ROUNDS; round++) {
      const before = this.writes();
      this.sync();
      for (const name of this.names()) this.#finish(name, this.operator.reconcile(name));
      const now = this.writes();
      if (now.api === before.api && now.pushes === before.pushes) return;
    }
    throw new Error(
      `it does not come to rest: ${JSON.stringify(this.names().map((one) => this.api.revision(one)?.status))}`,
    );
  }

  #startOperator(before?: ModelOperator): ModelOperator {
    const operator = new ModelOperator(this.api, this.remote, { tagOnly: this.#tagOnly, before });
    operator.mirror.fetch();
    return operator;
  }

  #finish(name: string, steps: Generator<undefined, void>): void {
    for (let left = STEPS; this.#advance(name, steps); left--) {
      // Another one may hold the writer, and has been halted.
      if (left === STEPS / 2) for (const [one, other] of this.#running) if (other !== steps) this.#finish(one, other);
      if (left === 0) throw new Error(`${name}: a reconcile that does not end`);
    }
  }

  /** False: it has ended. */
  #advance(name: string, steps: Generator<undefined, void>): boolean {
    try {
      if (steps.next().done !== true) return true;
    } catch (error) {
      // What others changed meanwhile: the next look sees it.
      if (!(error instanceof ModelConflict)) throw error;
    }
    if (this.#running.get(name) === steps) this.#running.delete(name);
    return false;
  }

  #checkContents(name: string): void {
    const page = this.api.contents(name);
    const owner = this.api.revision(name);
    if (page === undefined || owner === undefined) return;
    const found = this.operator.mirror.index.byName(name);
    const isPublished = isSettled(owner.status?.lifecycle) || found?.kind === "published";
    this.auditor.checkAcknowledged(name, pathOf(owner), page, isPublished);
  }
}
