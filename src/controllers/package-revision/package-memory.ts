import { parseKey } from "../../api/meta.ts";
import { FairSemaphore } from "../../event-loop/fair-semaphore.ts";

/** Packages up to this size, in bytes, need no seat. */
const SMALL_BYTES = 256 * 1024;
/** Larger packages have seats of their own. */
const LARGE_BYTES = 4 * 1024 * 1024;
/** Reconciles with a package between these sizes, and with a larger one, at a time. */
const MEDIUM_SEATS = 12;
const LARGE_SEATS = 2;
/** Package revisions whose last large package is remembered. */
const MAX_REMEMBERED = 10_000;

type Size = "small" | "medium" | "large";

/** A package is larger than the one before: the reconcile starts again, when it may hold that in memory. */
export class OutOfTurnError extends Error {
  override readonly name = "OutOfTurnError";
}

/** What one reconcile may hold in memory. */
export interface MemoryHold {
  /**
   * Waits until a package of so many bytes may be held, until `end`. Throws `OutOfTurnError` rather than wait with
   * another one in memory. Calls must not overlap.
   */
  admit(bytes: number): Promise<void>;
  end(): void;
}

/**
 * Bounds what the packages of all reconciles take: each has its files several times, from Git, from the API server and
 * merged, and a repository may have any number of the largest size. Namespaces share the seats, so that one whose
 * pushes hang leaves some to the others.
 */
export class PackageMemory {
  readonly #seats = {
    medium: new FairSemaphore(MEDIUM_SEATS, { shared: true }),
    large: new FairSemaphore(LARGE_SEATS, { shared: true }),
  };
  /** Keys of package revisions whose last package was large. */
  readonly #large = new Set<string>();

  /** Begins a reconcile. One whose package was large waits here, before it has read anything. */
  async begin(key: string): Promise<MemoryHold> {
    const { namespace = "" } = parseKey(key);
    let held: Size = "small";
    const end = () => {
      if (held !== "small") this.#seats[held].release(namespace);
      held = "small";
    };
    const take = async (size: "medium" | "large") => {
      await this.#seats[size].acquire(namespace);
      held = size;
    };
    if (this.#large.has(key)) await take("large");
    const admit = async (bytes: number) => {
      const size = sizeOf(bytes);
      if (size === "large") this.#remember(key);
      if (size === "small" || held === size || held === "large") return;
      if (held === "medium") throw new OutOfTurnError(`a package of ${bytes} bytes`);
      await take(size);
    };
    return { admit, end };
  }

  /** The package revision is gone. */
  forget(key: string): void {
    this.#large.delete(key);
  }

  #remember(key: string): void {
    this.#large.delete(key);
    this.#large.add(key);
    for (const oldest of this.#large) if (this.#large.size > MAX_REMEMBERED) this.#large.delete(oldest);
  }
}

function sizeOf(bytes: number): Size {
  if (bytes <= SMALL_BYTES) return "small";
  return bytes <= LARGE_BYTES ? "medium" : "large";
}
