import { median, type Pair } from "./measure.ts";
import { compare, type Row } from "./table.ts";

/** Writes of the floor: the object, its status, its contents. */
const FLOOR_WRITES = 3;

/**
 * (a) From the Repository's creation until every revision's object is published and has its contents. The floor: see
 * `FloorSync.register`.
 */
export function describeRegistration(held: number, milliseconds: Pair, writes: readonly number[]): readonly Row[] {
  const seconds = (values: readonly number[]) => values.map((value) => value / 1000);
  const samples = { measured: seconds(milliseconds.measured), floor: seconds(milliseconds.floor) };
  const row = { scenario: "a", what: `register ${held}`, unit: "s" } as const;
  const each = median(writes) / held;
  const what = `API writes a revision, of ${held} registered`;
  return [
    compare(row, samples, 1.5),
    { scenario: "a", what, unit: "calls", measured: each, floor: FLOOR_WRITES, ratio: each / FLOOR_WRITES },
  ];
}
