import type { KubeObject } from "../../api/meta.ts";
import type { Table, TableColumn, TableRow } from "../../kube/client/options.ts";
import { printable, printableLine } from "./printable.ts";

const GAP = "   ";

/** Columns of one table, whose widths stay while rows are added. */
export interface TableLayout {
  readonly header: string;
  readonly format: (row: TableRow) => string;
}

export interface TableOptions {
  readonly wide: boolean;
  /** With a first column NAMESPACE. */
  readonly withNamespace: boolean;
  /** Further columns, at the end. */
  readonly added?: readonly AddedColumn[] | undefined;
}

/** A column that the server's table does not show, or shows only if it is wide. */
export interface AddedColumn {
  readonly name: string;
  readonly cell: (object: KubeObject) => string | undefined;
}

/** Lays out the server's columns as kubectl does: blanks between them, and as wide as the widest cell. */
export function layOutTable(table: Pick<Table, "columnDefinitions" | "rows">, options: TableOptions): TableLayout {
  const shown = table.columnDefinitions
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => options.wide || column.priority === 0);
  const added = (options.added ?? []).filter(({ name }) => shown.every(({ column }) => column.name !== name));
  const cellsOf = (row: TableRow) => [
    ...(options.withNamespace ? [printable(row.object.metadata.namespace ?? "")] : []),
    ...shown.map(({ index }) => formatCell(row.cells[index])),
    ...added.map(({ cell }) => formatCell(cell(row.object))),
  ];
  const columns = [...shown.map(({ column }) => column), ...added];
  const titles = [...(options.withNamespace ? ["NAMESPACE"] : []), ...columns.map(titleOf)];
  return layOut(titles, table.rows.map(cellsOf), cellsOf);
}

/** A table of texts, each of which may be from outside. */
export function formatRows(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map(printableLine));
  const { header, format } = layOut(titles, shown, (row: readonly string[]) => row);
  return [header, ...shown.map(format)].join("\n");
}

function layOut<R>(
  titles: readonly string[],
  all: readonly (readonly string[])[],
  cellsOf: (row: R) => readonly string[],
) {
  const widths = titles.map((title, index) =>
    all.reduce((width, row) => Math.max(width, widthOf(row[index])), title.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join(GAP)
      .trimEnd();
  return { header: line(titles), format: (row: R) => line(cellsOf(row)) };
}

function widthOf(cell: string | undefined): number {
  return [...(cell ?? "")].length;
}

function titleOf({ name }: Pick<TableColumn, "name">): string {
  return printable(name).toUpperCase();
}

function formatCell(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  return printable(String(cell)).replaceAll("\n", " ");
}
