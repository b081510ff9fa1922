import type { KubeObject, Resource } from "../../api/meta.ts";
import type { ListOptions, Table } from "../../kube/client/options.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { objectFormat, printObjects } from "./objects.ts";
import { type AddedColumn, layOutTable } from "./table.ts";
import { watchTable } from "./watch-table.ts";

export interface PrintListOptions {
  /** The value of `--output`. */
  readonly output: string | undefined;
  readonly watch: boolean;
  readonly withNamespace: boolean;
  readonly added?: readonly AddedColumn[] | undefined;
  /** One object by itself, and no List. */
  readonly single: boolean;
  /** The list that the table has, and that a watch continues. */
  readonly list: ListOptions;
  readonly isShown: (object: KubeObject) => boolean;
}

/** Prints a list in the form that `--output` names: the server's table by default. */
export async function printList(
  context: Context,
  resource: Resource,
  table: Table,
  { output, watch, withNamespace, added, single, list, isShown }: PrintListOptions,
): Promise<void> {
  const format = objectFormat(output);
  const layout = { wide: output === "wide", withNamespace, added };
  if (watch) {
    if (format !== undefined) throw new CliError("usage", "--watch prints a table: leave out --output");
    await watchTable(context, resource, table, list, { layout, isShown });
    return;
  }
  if (format !== undefined) {
    const objects = table.rows.map(({ object }) => object);
    await printObjects(context, resource, objects, { format, single });
    return;
  }
  if (table.rows.length === 0) {
    const { namespace } = await context.cluster();
    context.note(`no ${resource.kind} found in ${withNamespace ? "any namespace" : `the namespace ${namespace}`}`);
    return;
  }
  const lines = layOutTable(table, layout);
  for (const line of [lines.header, ...table.rows.map(lines.format)]) context.print(line);
}
