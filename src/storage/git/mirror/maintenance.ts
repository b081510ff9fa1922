import type { LocalRefs } from "../refs/local-refs.ts";
import type { BareRepository } from "./bare-repository.ts";

/** Fetches and pushes after which a mirror is repacked. */
const REPACK_AFTER = 50;

/** Repacks a mirror: each fetch adds a pack, and each push adds loose objects and refs. Deletes no object. */
export class Maintenance {
  readonly #repository: BareRepository;
  readonly #localRefs: LocalRefs;
  #pending = 0;

  constructor(repository: BareRepository, localRefs: LocalRefs) {
    this.#repository = repository;
    this.#localRefs = localRefs;
  }

  /** `count`: pushes, or fetches that brought objects. */
  record(count: number): void {
    this.#pending += count;
  }

  /** The next `run` repacks. */
  request(): void {
    this.#pending = REPACK_AFTER;
  }

  /** Starts up to three git processes, if enough was recorded; otherwise does nothing. Throws `GitError`. */
  async run(): Promise<void> {
    if (this.#pending < REPACK_AFTER) return;
    this.#pending = 0;
    await this.#localRefs.flush();
    await this.#repository.runLocal(["pack-refs", "--all"]);
    await this.#repository.streamLocal(["repack", "-d", "-l", "-q", "--geometric=2"], () => {});
  }
}
