import { setTimeout } from "node:timers/promises";
import type { KubeObject, ObjectKey, Resource } from "../../api/meta.ts";
import { ignoreNotFound, isExpired, isTransient } from "../../kube/client/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { printable } from "../output/printable.ts";

export interface WaitOptions<T> {
  readonly timeoutMs: number;
  /** Called with each state, and with undefined while the object does not exist. May throw what ends the wait. */
  readonly until: (object: T | undefined) => boolean;
  /** What is being waited for, shown at a terminal as it changes. */
  readonly progress?: (object: T | undefined) => string | undefined;
  /** The sentence of the error after the time limit. */
  readonly late: (object: T | undefined) => string;
}

/** Before a connection that failed is tried again. */
const RETRY_MS = 500;

/**
 * Waits until an object is in a state, by a watch of it. Returns that state.
 * @throws CliError timedOut after the time limit; what `until` throws
 */
export async function waitFor<T extends KubeObject>(
  context: Context,
  resource: Resource<T>,
  key: ObjectKey,
  options: WaitOptions<T>,
): Promise<T | undefined> {
  const { readWatch } = await import("../../kube/informer/watch.ts");
  const { client } = await context.cluster();
  const end = AbortSignal.timeout(options.timeoutMs);
  const report = createReporter(context, options);
  let last: T | undefined;
  const isDone = (object: T | undefined): boolean => {
    last = object;
    report(object);
    return options.until(object);
  };
  while (!end.aborted) {
    try {
      const object = await ignoreNotFound(client.get(resource, key, { signal: end }));
      if (isDone(object)) return object;
      const body = await client.watch(resource, {
        ...(key.namespace !== undefined && { namespace: key.namespace }),
        fieldSelector: `metadata.name=${key.name}`,
        // Without an object, the present state comes first.
        ...(object !== undefined && { resourceVersion: object.metadata.resourceVersion }),
        signal: end,
      });
      let found = false;
      await readWatch<T>(body, options.timeoutMs, (event) => {
        if (found || event.type === "BOOKMARK") return;
        found = isDone(event.type === "DELETED" ? undefined : event.object);
        if (found) body.destroy();
      }).catch((error: unknown) => {
        if (!found) throw error;
      });
      if (found) return last;
    } catch (error) {
      if (end.aborted) break;
      if (!isTransient(error) && !isExpired(error)) throw error;
      await setTimeout(RETRY_MS, undefined, { signal: end }).catch(() => undefined);
    }
  }
  throw new CliError("timedOut", printable(options.late(last)));
}

function createReporter<T>(context: Context, { progress }: WaitOptions<T>): (object: T | undefined) => void {
  let shown: string | undefined;
  return (object) => {
    if (context.stderr.isTTY !== true) return;
    const text = progress?.(object);
    if (text === undefined || text === shown) return;
    shown = text;
    context.note(context.errorStyle.dim(printable(text)));
  };
}
