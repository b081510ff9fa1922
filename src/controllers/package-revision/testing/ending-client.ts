import type { ResourcesClient } from "../../../core/ports/resources-client.ts";

const WRITES: ReadonlySet<string | symbol> = new Set(["create", "update", "patch", "patchStatus", "delete"]);

/** The operator was ended. */
export class EndedError extends Error {
  constructor() {
    super("the operator was ended");
  }
}

/** A client of an operator that ends right before a write, after this many: from then on nothing is written. */
export function endingClient(client: ResourcesClient, writes: number): ResourcesClient {
  let left = writes;
  return new Proxy(client, {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== "function") return method;
      if (!WRITES.has(key)) return method.bind(target);
      return async (...parameters: readonly unknown[]) => {
        if (left-- <= 0) throw new EndedError();
        return await method.apply(target, parameters);
      };
    },
  });
}
