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
  /**
   * The smallest and largest ratio of samples taken one after the other; the middle half of them where there are ten.
   */
  readonly range?: readonly [number, number];
  readonly wanted?: string;
  /** unsure: this run cannot tell, see `judge`. */
  readonly met?: Met;
  /** The same figure of comparable systems, for orientation. */
  readonly peers?: string;
  /** Every sample, in the order taken. */
  readonly samples?: Pair;
}

export type Met = "yes" | "no" | "unsure";

export const isMet = (met: boolean): Met => (met ? "yes" : "no");

/** A line of medians; `limit`: the largest ratio of both that is wanted. */
export function compare(row: Pick<Row, "scenario" | "what" | "unit" | "peers">, samples: Pair, limit?: number): Row {
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
      met: judge(ratio, range, samples.measured.length, limit),
    }),
  };
}

/**
 * Fewer pairs than this say nothing: on a machine that others use, the same work was seen to take three times as long.
 */
const FEWEST_PAIRS = 3;
/** What is quicker than the least that the work takes was measured wrongly, by noise or by a floor that is none. */
const BEATEN = 0.95;

/** No verdict where the limit lies within the range, where the floor was beaten, or from too few samples. */
function judge(ratio: number, [low, high]: readonly [number, number], pairs: number, limit: number): Met {
  if (pairs < FEWEST_PAIRS || ratio < BEATEN || (low <= limit && limit < high)) return "unsure";
  return isMet(ratio <= limit);
}

function rangeOf({ measured, floor }: Pair): readonly [number, number] {
  const ratios = measured.map((value, at) => value / (floor[at] ?? Number.NaN)).sort((a, b) => a - b);
  const cut = ratios.length >= 10 ? Math.floor(ratios.length / 4) : 0;
  return [ratios[cut] ?? Number.NaN, ratios[ratios.length - 1 - cut] ?? Number.NaN];
}

const HEADER = ["", "scenario", "measured", "p95", "floor", "ratio", "(range)", "wanted", "met", "peers"];
const RIGHT: ReadonlySet<number> = new Set([2, 3, 4, 5, 6]);

/** The lines as a table for people. */
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
