import { median, type Pair, p95 } from "./measure.ts";
import type { Letter } from "./plan.ts";

/** One line of the result. */
export interface Row {
  readonly scenario: Letter;
  readonly what: string;
  readonly unit: "ms" | "s" | "MiB" | "singles" | "times" | "calls";
  readonly measured: number;
  readonly p95?: number;
  readonly floor?: number;
  readonly ratio?: number;
  /** Smallest and largest ratio of consecutive samples; of their middle half if there are at least ten. */
  readonly range?: readonly [number, number];
  readonly wanted?: string;
  /** `unsure`: this run cannot decide, see `decideMet`. */
  readonly met?: Met;
  /** Every sample, in its order. */
  readonly samples?: Pair;
}

export type Met = "yes" | "no" | "unsure";

export const isMet = (met: boolean): Met => (met ? "yes" : "no");

/** A row of medians; `limit`: the largest acceptable ratio. */
export function compare(row: Pick<Row, "scenario" | "what" | "unit">, samples: Pair, limit?: number): Row {
  const [measured, floor] = [median(samples.measured), median(samples.floor)];
  const ratio = measured / floor;
  const range = rangeOf(samples);
  return {
    ...row,
    measured,
    floor,
    ratio,
    range,
    samples,
    ...(samples.measured.length >= 10 && { p95: p95(samples.measured) }),
    ...(limit !== undefined && {
      wanted: `<= ${limit} x floor`,
      met: decideMet(ratio, range, samples.measured.length, limit),
    }),
  };
}

/** Fewer pairs are not significant: on a shared machine, the same work took up to three times as long. */
const MIN_PAIRS = 3;
/** A result clearly below the floor is an error of measurement, or the floor is not minimal. */
const MIN_RATIO = 0.95;

/** Unsure if the limit is within the range, if the ratio is below the floor, or with too few samples. */
function decideMet(ratio: number, [low, high]: readonly [number, number], pairs: number, limit: number): Met {
  if (pairs < MIN_PAIRS || ratio < MIN_RATIO || (low <= limit && limit < high)) return "unsure";
  return isMet(ratio <= limit);
}

function rangeOf({ measured, floor }: Pair): readonly [number, number] {
  const ratios = measured.map((value, at) => value / (floor[at] ?? Number.NaN)).sort((a, b) => a - b);
  const cut = ratios.length >= 10 ? Math.floor(ratios.length / 4) : 0;
  return [ratios[cut] ?? Number.NaN, ratios[ratios.length - 1 - cut] ?? Number.NaN];
}

const HEADER = ["", "scenario", "measured", "p95", "floor", "ratio", "(range)", "wanted", "met"];
const RIGHT: ReadonlySet<number> = new Set([2, 3, 4, 5, 6]);

/** The rows as a text table. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.scenario,
    row.what,
    `${number(row.measured)} ${row.unit}`,
    number(row.p95),
    number(row.floor),
    row.ratio === undefined ? "" : row.ratio.toFixed(2),
    row.range === undefined ? "" : row.range.map((value) => value.toFixed(2)).join("-"),
    row.wanted ?? "",
    row.met === "no" ? "NO" : (row.met ?? ""),
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
