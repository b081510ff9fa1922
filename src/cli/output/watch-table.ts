import { setTimeout } from "node:timers/promises";
import type { KubeObject, Resource } from "../../api/meta.ts";
import type { ListOptions, Table, WatchOptions } from "../../kube/client/options.ts";
import type { Context } from "../context.ts";
import { layOutTable, type TableOptions } from "./table.ts";

/** The API server sends a bookmark about every minute. */
const SILENCE_MS = 300_000;
/** Before a watch that the server has ended is opened again: a server that ends each at once is not flooded. */
const REOPEN_MS = 1_000;

interface WatchTableOptions {
  readonly layout: TableOptions;
  /** Whether an object belongs to what is watched. */
  readonly isShown: (object: KubeObject) => boolean;
}

/** Prints a table, and then a line for each change, until the process ends or the watch fails. */
export async function watchTable(
  context: Context,
  resource: Resource,
  table: Table,
  list: ListOptions,
  { layout, isShown }: WatchTableOptions,
): Promise<void> {
  const { header, format } = layOutTable(table, layout);
  for (const line of [header, ...table.rows.map(format)]) context.print(line);
  const from = { ...list, resourceVersion: table.metadata.resourceVersion, asTable: true };
  await watchObjects(context, resource, from, (object) => {
    let version: string | undefined;
    for (const row of (object as unknown as Table).rows ?? []) {
      version = row.object.metadata.resourceVersion;
      // A bookmark has an object without a name.
      if (row.object.metadata.name !== undefined && isShown(row.object)) context.print(format(row));
    }
    return version;
  });
}

/**
 * Calls with each object that a watch sends, bookmarks included, until the process ends or the watch fails.
 * @param onObject returns the resource version to go on from, if it has changed
 */
export async function watchObjects(
  context: Context,
  resource: Resource,
  options: WatchOptions,
  onObject: (object: KubeObject) => string | undefined,
): Promise<void> {
  const { readWatch } = await import("../../kube/informer/watch.ts");
  const { client } = await context.cluster();
  let { resourceVersion } = options;
  for (;;) {
    const body = await client.watch(resource, { ...options, resourceVersion });
    await readWatch(body, SILENCE_MS, ({ object }) => {
      resourceVersion = onObject(object) ?? resourceVersion;
    });
    await setTimeout(REOPEN_MS);
  }
}
