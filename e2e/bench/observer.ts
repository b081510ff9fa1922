import type { Readable } from "node:stream";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import { readWatch } from "../../src/kube/informer/watch.ts";
import { clock } from "./measure.ts";

const SILENCE_MS = 150_000;
const LIMIT_MS = 1_800_000;

interface Wait<T> {
  /** Checks one object; undefined after its deletion. Returns true when the wait is over. */
  readonly check: (name: string, object: T | undefined) => boolean;
  readonly resolve: (at: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One watch of a namespace from now on. Reports when an object met a condition, at the time its event arrived, without
 * polling the API server.
 */
export class Observer<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #waits = new Set<Wait<T>>();
  readonly #closing = new AbortController();
  #failure: unknown;
  #events = 0;

  /** Objects that exist before are not observed. */
  static async start<T extends KubeObject>(
    client: KubeClient,
    resource: Resource<T>,
    namespace: string,
  ): Promise<Observer<T>> {
    const observer = new Observer<T>();
    const { resourceVersion } = await client.listPage(resource, { namespace, limit: 1 });
    const watch = async (from: string) => {
      const options = { namespace, resourceVersion: from, timeoutSeconds: 36_000, signal: observer.#closing.signal };
      return await client.watch(resource, options);
    };
    void observer.#follow(watch, resourceVersion, await watch(resourceVersion));
    return observer;
  }

  /** The API server ends a watch whose client reads too slowly: continues at the last resource version. */
  async #follow(watch: (from: string) => Promise<Readable>, from: string, first: Readable): Promise<void> {
    let version = from;
    try {
      for (let body = first; ; body = await watch(version)) {
        await readWatch<T>(body, SILENCE_MS, ({ type, object }) => {
          version = object.metadata.resourceVersion ?? version;
          if (type !== "BOOKMARK") this.#handle(object as T, type === "DELETED");
        });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Last state of an object. Throws an Error if there was no event of it. */
  get(name: string): T {
    const object = this.#objects.get(name);
    if (object === undefined) throw new Error(`there was no event of ${name}`);
    return object;
  }

  /** Number of changes of all objects so far. */
  get events(): number {
    return this.#events;
  }

  /** Time on `clock` at which an object met a condition; now if it does already. */
  async waitFor(name: string, what: string, until: (object: T) => boolean): Promise<number> {
    const wanted = (one: string, object: T | undefined) => one === name && object !== undefined && until(object);
    return await this.#wait(`${name} is ${what}`, [name], wanted);
  }

  /** Time at which `count` objects met a condition. */
  async waitForCount(count: number, what: string, until: (object: T) => boolean): Promise<number> {
    if (count === 0) return clock();
    const satisfied = new Set<string>();
    return await this.#wait(`${count} are ${what}`, this.#objects.keys(), (name, object) => {
      if (object !== undefined && until(object)) satisfied.add(name);
      else satisfied.delete(name);
      return satisfied.size >= count;
    });
  }

  close(): void {
    this.#closing.abort();
  }

  async #wait(description: string, present: Iterable<string>, check: Wait<T>["check"]): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure;
    for (const name of present) if (check(name, this.#objects.get(name))) return clock();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const wait = { check, resolve, reject };
    this.#waits.add(wait);
    const limit = setTimeout(() => reject(new Error(`gave up waiting until ${description}`)), LIMIT_MS);
    return await promise.finally(() => {
      clearTimeout(limit);
      this.#waits.delete(wait);
    });
  }

  #handle(object: T, isDeleted: boolean): void {
    const at = clock();
    this.#events += 1;
    const { name = "" } = object.metadata;
    if (isDeleted) this.#objects.delete(name);
    else this.#objects.set(name, object);
    for (const wait of this.#waits) if (wait.check(name, isDeleted ? undefined : object)) wait.resolve(at);
  }

  #fail(error: unknown): void {
    this.#failure = error;
    for (const { reject } of this.#waits) reject(error);
  }
}
