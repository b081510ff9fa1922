import { keyOf } from "../../../../api/meta.ts";
import type { RevisionDependencies } from "../../dependencies.ts";
import { NO_RUNS } from "../no-checks.ts";

type Runs = RevisionDependencies["runs"];

/** Renders and validations that one reconcile of a package revision begins, and that its next one finds done. */
export class SlowRuns implements Runs {
  readonly #ids = new Map<string, string>();
  readonly #pending = new Set<string>();

  isPending(namespace: string, name: string): boolean {
    return this.#pending.has(keyOf({ metadata: { namespace, name } }));
  }

  result(key: string, id: string): ReturnType<Runs["result"]> {
    return this.#ids.get(key) === id && !this.#pending.has(key) ? NO_RUNS.result(key, id) : undefined;
  }

  start(key: string, id: string): void {
    if (this.#ids.get(key) === id) return;
    this.#ids.set(key, id);
    this.#pending.add(key);
  }

  /** A reconcile is not told in time. */
  async wait(key: string, id: string): ReturnType<Runs["wait"]> {
    return this.result(key, id);
  }

  adopt(key: string, id: string): void {
    this.#ids.set(key, id);
    this.#pending.delete(key);
  }

  forget(key: string): void {
    this.#ids.delete(key);
    this.#pending.delete(key);
  }

  /** The run of a package revision is done. */
  finish(namespace: string, name: string): void {
    this.#pending.delete(keyOf({ metadata: { namespace, name } }));
  }
}
