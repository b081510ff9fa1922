import type { Readable } from "node:stream";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import { readWatch } from "../../src/kube/informer/watch.ts";
import { clock } from "./measure.ts";

const SILENCE_MS = 150_000;
const LIMIT_MS = 1_800_000;

interface Wait<T> {
  /** Looks at one object; undefined when it is gone. True: what was waited for is there. */
  readonly look: (name: string, object: T | undefined) => boolean;
  readonly resolve: (at: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One watch of a namespace, from now on: tells when an object came to satisfy a condition, at the moment the event
 * arrived, and costs the API server no request a look.
 */
export class Observer<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #waits = new Set<Wait<T>>();
  readonly #closing = new AbortController();
  #failure: unknown;
  #events = 0;

  /** What was there before is not seen. */
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

  /** On a busy machine the API server ends a watch that it cannot write to fast enough: it goes on where it was. */
  async #follow(watch: (from: string) => Promise<Readable>, from: string, first: Readable): Promise<void> {
    let seen = from;
    try {
      for (let body = first; ; body = await watch(seen)) {
        await readWatch<T>(body, SILENCE_MS, ({ type, object }) => {
          seen = object.metadata.resourceVersion ?? seen;
          if (type !== "BOOKMARK") this.#take(object as T, type === "DELETED");
        });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The object as it was seen last. Throws where there was no event of it. */
  get(name: string): T {
    const object = this.#objects.get(name);
    if (object === undefined) throw new Error(`${name} was not seen`);
    return object;
  }

  /** Changes so far, of whatever objects. */
  get events(): number {
    return this.#events;
  }

  /** When an object came to satisfy a condition, on `clock`; at once if it does. */
  async waitFor(name: string, what: string, until: (object: T) => boolean): Promise<number> {
    const wanted = (one: string, object: T | undefined) => one === name && object !== undefined && until(object);
    return await this.#wait(`${name} is ${what}`, [name], wanted);
  }

  /** When as many objects as that came to satisfy a condition. */
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

  async #wait(what: string, present: Iterable<string>, look: Wait<T>["look"]): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure;
    for (const name of present) if (look(name, this.#objects.get(name))) return clock();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const wait = { look, resolve, reject };
    this.#waits.add(wait);
    const limit = setTimeout(() => reject(new Error(`gave up waiting until ${what}`)), LIMIT_MS);
    return await promise.finally(() => {
      clearTimeout(limit);
      this.#waits.delete(wait);
    });
  }

  #take(object: T, gone: boolean): void {
    const at = clock();
    this.#events += 1;
    const { name = "" } = object.metadata;
    if (gone) this.#objects.delete(name);
    else this.#objects.set(name, object);
    for (const wait of this.#waits) if (wait.look(name, gone ? undefined : object)) wait.resolve(at);
  }

  #fail(error: unknown): void {
    this.#failure = error;
    for (const { reject } of this.#waits) reject(error);
  }
}
