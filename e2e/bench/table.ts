import { median, type Pair, p95 } from "./measure.ts";
import type { Letter } from "./plan.ts";

/** One line of the result. */
export interface Row {
  readonly scenario: Letter;
  readonly what: string;
  readonly unit: "ms" | "s" | "MiB" | "singles" | "times" | "writes";
  readonly measured: number;
  readonly p95?: number;
  readonly floor?: number;
  readonly ratio?: number;
  /** Words; with `met`, whether it is so. */
  readonly wanted?: string;
  readonly met?: boolean;
  /** What users of the peers have, from DESIGN section 7. */
  readonly peers?: string;
  /** Every sample, in the order taken. */
  readonly samples?: Pair;
}

/** A line of medians; `limit`: the largest ratio of both that is wanted. */
export function compare(row: Pick<Row, "scenario" | "what" | "unit" | "peers">, samples: Pair, limit?: number): Row {
  const [measured, floor] = [median(samples.measured), median(samples.floor)];
  const ratio = measured / floor;
  return {
    ...row,
    measured,
    floor,
    ratio,
    samples,
    ...(samples.measured.length >= 10 && { p95: p95(samples.measured) }),
    ...(limit !== undefined && { wanted: `<= ${limit} x floor`, met: ratio <= limit }),
  };
}

const HEADER = ["", "scenario", "measured", "p95", "floor", "ratio", "wanted", "met", "peers"];
const RIGHT: ReadonlySet<number> = new Set([2, 3, 4, 5]);

/** The lines as a table for people. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.scenario,
    row.what,
    `${number(row.measured)} ${row.unit}`,
    number(row.p95),
    number(row.floor),
    row.ratio === undefined ? "" : row.ratio.toFixed(2),
    row.wanted ?? "",
    row.met === undefined ? "" : row.met ? "yes" : "NO",
    row.peers ?? "",
  ]);
  const all = [HEADER, ...lines];
  const widths = HEADER.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const cell = (text: string, column: number) => {
    const width = widths[column] ?? 0;
    return RIGHT.has(column) ? text.padStart(width) : text.padEnd(width);
  };
  const rule = widths.map((width) => "-".repeat(width));
  return [HEADER, rule, ...lines].map((line) => line.map(cell).join("  ").trimEnd()).join("\n");
}

function number(value: number | undefined): string {
  if (value === undefined) return "";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
