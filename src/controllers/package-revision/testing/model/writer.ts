import { GitError } from "../../../../storage/git/errors.ts";
import type { PackageWriter } from "../../../../storage/git/package-store/mirror-reader.ts";
import type { WriteRequest, WriteResult } from "../../../../storage/git/push/write-request.ts";
import type { ModelMirror } from "./mirror.ts";
import type { ModelRef } from "./remote.ts";
import { halt } from "./threads.ts";

/** How often a push is planned again while others push. */
const TRIES = 10;

/** The operator's push queue: one push or fetch at a time. It halts before and after each push. */
export class ModelWriter implements PackageWriter {
  readonly #mirror: ModelMirror;
  #isBusy = false;

  constructor(mirror: ModelMirror) {
    this.#mirror = mirror;
  }

  /** Waits for a push: a change that was planned is pushed before the mirror learns of anything else. */
  async fetch(): Promise<readonly []> {
    while (this.#isBusy) await halt();
    this.#mirror.fetch();
    return [];
  }

  async submit<T>(request: WriteRequest<T>): Promise<WriteResult<T>> {
    while (this.#isBusy) await halt();
    this.#isBusy = true;
    try {
      for (let left = TRIES; left > 0; left--) {
        // The package store plans on the mirror that it was given.
        const planned = await request.plan(undefined as never);
        if (planned.kind === "abort") return { value: planned.value };
        const { leases } = this.#mirror;
        await halt();
        const pushed = this.#mirror.remote.push(planned.change, leases);
        await halt();
        if (pushed === undefined) this.#mirror.fetch();
        else {
          this.#mirror.take(withChanges(leases, pushed));
          const refs = new Map([...pushed].map(([ref, now]) => [ref, now?.oid ?? null]));
          return { value: planned.value, refs };
        }
      }
      throw new GitError("LeaseLost", "the repository moved at every try");
    } finally {
      this.#isBusy = false;
    }
  }
}

function withChanges(
  refs: ReadonlyMap<string, ModelRef>,
  changes: ReadonlyMap<string, ModelRef | undefined>,
): ReadonlyMap<string, ModelRef> {
  const after = new Map(refs);
  for (const [ref, now] of changes) {
    if (now === undefined) after.delete(ref);
    else after.set(ref, now);
  }
  return after;
}
