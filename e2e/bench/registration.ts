import { median, type Pair } from "./measure.ts";
import { compare, type Row } from "./table.ts";

const PEERS: Readonly<Record<number, string>> = {
  1000: "Porch CR 32-112 s, Postgres 116 s, v1alpha2 80 s for 500; pkgserver 122 s",
};

/** Of the floor: the object, its status, its contents. */
const WRITES = 3;

/**
 * (a) From the Repository's creation until every revision's object says published and its contents are there.
 * The floor: see `FloorSync.register`.
 */
export function describeRegistration(held: number, milliseconds: Pair, writes: readonly number[]): readonly Row[] {
  const seconds = (values: readonly number[]) => values.map((value) => value / 1000);
  const samples = { measured: seconds(milliseconds.measured), floor: seconds(milliseconds.floor) };
  const peers = PEERS[held];
  const row = { scenario: "a", what: `register ${held}`, unit: "s", ...(peers !== undefined && { peers }) } as const;
  const each = median(writes) / held;
  const what = `API writes a revision, of ${held} registered`;
  return [
    compare(row, samples, 1.5),
    { scenario: "a", what, unit: "calls", measured: each, floor: WRITES, ratio: each / WRITES },
  ];
}
