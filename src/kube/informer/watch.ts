import type { Readable } from "node:stream";
import type { KubeObject } from "../../api/meta.ts";
import { ConnectionError, statusToError } from "../client/errors.ts";
import { LineSplitter } from "./line-splitter.ts";

export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: KubeObject };

/** Marks the bookmark after which a streaming list is complete. */
export const initialEventsEnd = "k8s.io/initial-events-end";

/**
 * Reads a watch until the server ends it.
 * @param silenceMs how long it may stay silent, bookmarks included, before the connection counts as dead
 * @throws ApiError for an ERROR event; ConnectionError when cut off, silent for too long, or not a watch at all
 */
export async function readWatch<T extends KubeObject>(
  body: Readable,
  silenceMs: number,
  onEvent: (event: WatchEvent<T>) => void,
): Promise<void> {
  const splitter = new LineSplitter();
  const silence = new ConnectionError(`watch: silent for ${silenceMs / 1000} s`, { timedOut: true });
  const watchdog = setTimeout(() => body.destroy(silence), silenceMs);
  try {
    for await (const chunk of readChunks(body)) {
      watchdog.refresh();
      for (const line of splitter.push(chunk)) onEvent(parseEvent(line));
    }
  } finally {
    clearTimeout(watchdog);
    body.destroy();
  }
}

async function* readChunks(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new ConnectionError(`watch: ${text}`, { cause: error });
  }
}

function parseEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  let event: { readonly type?: string; readonly object?: unknown };
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new ConnectionError("watch: a line that is no JSON", { cause });
  }
  switch (event.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
    case "BOOKMARK":
      return event as WatchEvent<T>;
    case "ERROR":
      throw statusToError(event.object);
    default:
      throw new ConnectionError(`watch: an event of type ${JSON.stringify(event.type)}`);
  }
}
