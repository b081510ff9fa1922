import { ApiError } from "../../../../kube/client/errors.ts";
import { GitError } from "../../../../storage/git/errors.ts";
import { ModelApi, type Stored } from "./api.ts";
import { Auditor } from "./auditor.ts";
import { Evidence } from "./evidence.ts";
import { isPublished } from "./lifecycle.ts";
import { MAIN } from "./mirror.ts";
import { ModelOperator } from "./operator.ts";
import { pathOf } from "./paths.ts";
import { ModelRemote } from "./remote.ts";
import { Thread } from "./threads.ts";
import { ModelUser } from "./user.ts";

/**
 * Rounds of reconciles until everything must have converged: merge, proposal, its blocker, its publication, and its
 * effects.
 */
const MAX_ROUNDS = 25;
/** Halts of one reconcile. */
const MAX_HALTS = 200;
/** The name under which a sync of the Repository runs. */
const SYNC = "";

export interface SimulationOptions {
  /** The Repository's `publish: tagOnly`. */
  readonly tagOnly: boolean;
  /** The remote has no commit at all. */
  readonly empty: boolean;
  /** Packages are rendered between two reconciles, and what is known of it is lost with the process. */
  readonly slowRuns: boolean;
}

/** A remote, an API server, an operator, users and external pushers. The auditor judges every write. */
export class Simulation {
  readonly api: ModelApi;
  readonly user: ModelUser;
  readonly remote: ModelRemote;
  readonly auditor: Auditor;
  #operator: ModelOperator | undefined;
  readonly #running = new Map<string, Thread>();
  readonly #slowRuns: boolean;
  #backup: Stored | undefined;

  private constructor(options: SimulationOptions) {
    this.#slowRuns = options.slowRuns;
    const publish = options.tagOnly ? "tagOnly" : "main";
    this.api = new ModelApi(
      {
        onPage: (name) => this.auditor.noteShown(name),
        onPageStatus: (name) => this.#checkContents(name),
        onStatus: (before, status) => {
          this.auditor.checkShown(before, status);
          this.auditor.checkProposed(before, status);
        },
      },
      { publish },
    );
    this.user = new ModelUser(this.api);
    this.remote = new ModelRemote((push) => this.auditor.checkPush(push));
    this.auditor = new Auditor(
      new Evidence(this.api, this.remote, {
        nested: (path) => this.operator.nested(path),
        isKnown: (ref, commit) => {
          const known = this.operator.mirror.refs().get(ref);
          return known !== undefined && (commit === undefined || known.commit === commit);
        },
      }),
    );
    if (options.empty) return;
    const commit = this.remote.commit([], new Map([["README.md", "all of it"]]), "begin", "eve");
    this.remote.setRef(MAIN, { oid: commit, commit });
  }

  static async start(options: SimulationOptions): Promise<Simulation> {
    const simulation = new Simulation(options);
    simulation.#operator = await ModelOperator.start(simulation.api, simulation.remote, options);
    return simulation;
  }

  get operator(): ModelOperator {
    if (this.#operator === undefined) throw new Error("the operator has not started");
    return this.#operator;
  }

  names(): readonly string[] {
    return [...this.api.stored.packagerevisions.keys()].sort();
  }

  /** The writes so far: to the API server, and pushes. */
  writes(): { readonly api: number; readonly pushes: number } {
    return { api: this.api.writes, pushes: this.remote.pushes };
  }

  /** True if there ever was a package, or a ref that looked like one, below another. */
  hadNested(): boolean {
    return [...this.remote.everRefs].some((ref) => ref.includes("/a/sub/"));
  }

  /** Continues the reconcile of an object, or begins one, for so many of its halts. */
  async step(name: string, halts: number): Promise<void> {
    const thread = this.#running.get(name) ?? new Thread(() => this.operator.reconcile(name));
    this.#running.set(name, thread);
    for (let left = halts; left > 0; left--) {
      if (!(await this.#advance(name, thread))) return;
    }
  }

  async sync(): Promise<void> {
    await this.#finish(SYNC, new Thread(() => this.operator.sync()));
  }

  /** Kills the process, whatever it is doing. @param disk its mirror stays */
  async crash(disk: boolean): Promise<void> {
    this.#abandonAll();
    const before = disk ? this.operator : undefined;
    this.operator.store.close();
    this.#operator = await ModelOperator.start(this.api, this.remote, { before, slowRuns: this.#slowRuns });
  }

  backup(): void {
    this.#backup = this.api.stored;
  }

  /** Restores the API server from the backup. The operator keeps running; its calls in progress fail. */
  async restore(): Promise<void> {
    if (this.#backup === undefined) return;
    // A push in progress holds the queue: it must end, or nothing would be written any more.
    for (const [name, thread] of this.#running) await this.#finish(name, thread);
    this.#running.clear();
    this.api.restore(this.#backup);
    this.auditor.forgetRequests();
    this.operator.forgetWrites();
    for (const name of this.api.stored.packagerevisionresourceses.keys()) {
      const page = this.api.contents(name);
      if (page !== undefined) this.auditor.forgetAfter(page);
    }
  }

  /** A new cluster: nothing is known but what Git has. */
  async loseCluster(): Promise<void> {
    this.api.reset();
    await this.crash(false);
  }

  /** Syncs and reconciles everything until nothing is written any more. */
  async settle(): Promise<void> {
    for (const [name, thread] of this.#running) await this.#finish(name, thread);
    this.#running.clear();
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = this.writes();
      await this.sync();
      for (const name of this.names()) await this.#finish(name, new Thread(() => this.operator.reconcile(name)));
      const now = this.writes();
      const isQuiet = now.api === before.api && now.pushes === before.pushes;
      if (isQuiet && !this.names().some((name) => this.operator.isRendering(name))) return;
    }
    const statuses = this.names().map((one) => this.api.revision(one)?.status);
    throw new Error(`it does not converge: ${JSON.stringify(statuses)}`);
  }

  #abandonAll(): void {
    for (const thread of this.#running.values()) thread.abandon();
    this.#running.clear();
  }

  async #finish(name: string, thread: Thread): Promise<void> {
    for (let left = MAX_HALTS; await this.#advance(name, thread); left--) {
      // Another thread may hold the push queue while it is halted.
      if (left === MAX_HALTS / 2) {
        for (const [one, other] of this.#running) if (other !== thread) await this.#finish(one, other);
      }
      if (left === 0) throw new Error(`${name === SYNC ? "a sync" : name}: a reconcile that does not end`);
    }
  }

  /** False: it has ended. */
  async #advance(name: string, thread: Thread): Promise<boolean> {
    try {
      if (await thread.advance()) return true;
    } catch (error) {
      // Conflicts with other writers are resolved by the next reconcile; the reconciler has reported errors of Git.
      if (!(error instanceof ApiError || error instanceof GitError)) throw error;
    }
    if (this.#running.get(name) === thread) this.#running.delete(name);
    return false;
  }

  #checkContents(name: string): void {
    const page = this.api.contents(name);
    const owner = this.api.revision(name);
    if (page === undefined || owner === undefined) return;
    const found = this.operator.store.identify(owner);
    const published = isPublished(owner.status?.lifecycle) || found?.kind === "published";
    this.auditor.checkAcknowledged(name, pathOf(owner), page, published);
  }
}
