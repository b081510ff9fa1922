import type { Readable } from "node:stream";
import type { KubeObject } from "../../api/meta.ts";
import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import { parseJson } from "../../core/identity/parse-json.ts";
import { ConnectionError, statusToError } from "../client/errors.ts";
import { LineSplitter } from "./line-splitter.ts";

export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: KubeObject };

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** True for the bookmark that ends the initial events of a streaming list. */
export function isInitialEventsEnd(bookmark: KubeObject): boolean {
  return bookmark.metadata.annotations?.[INITIAL_EVENTS_END] === "true";
}

/**
 * Reads a watch until the server ends it, one event after the other. Closes the stream in any case.
 * @param silenceMs the connection counts as dead after this time without any event, bookmarks included
 * @throws ApiError for an ERROR event; ConnectionError if the connection is closed or dead, or the body is no watch
 */
export async function readWatch<T extends KubeObject>(
  body: Readable,
  silenceMs: number,
  onEvent: (event: WatchEvent<T>) => void | Promise<void>,
): Promise<void> {
  const splitter = new LineSplitter();
  const silence = new ConnectionError(`watch: silent for ${silenceMs / 1000} s`, { timedOut: true });
  const watchdog = setTimeout(() => body.destroy(silence), silenceMs);
  try {
    for await (const chunk of readChunks(body)) {
      watchdog.refresh();
      for (const line of splitter.push(chunk)) await onEvent(parseEvent(line));
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
    throw new ConnectionError(`watch: ${describeForeignError(error)}`, { cause: error });
  }
}

function parseEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  let event: { readonly type?: string; readonly object?: unknown };
  try {
    event = parseJson(line) as typeof event;
  } catch {
    // The cause quotes some of the line.
    throw new ConnectionError("watch: a line that is no JSON");
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
