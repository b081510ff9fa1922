import { travel } from "./journey.ts";
import { alternate, timed } from "./measure.ts";
import { compare, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const ROUNDS = 3;
const PEERS =
  "20: Porch CR 16-70 s, some stuck; Postgres 2.4-3.9 s, drafts not in Git; v1alpha2 14-18 s; pkgserver 18 s";

/**
 * (f) Packages at once, each going on to its next step as soon as the one before is acknowledged. The floor goes in
 * step: four steps, and so four pushes, for all of them together.
 */
export async function measureAtOnce({ measured, floor }: BenchEnv, count: number): Promise<readonly Row[]> {
  const names = (round: number) => Array.from({ length: count }, (_, at) => `at-once-${count}-${round}-${at}`);
  const milliseconds = await alternate(
    ROUNDS,
    (round) => timed(() => Promise.all(names(round).map((name) => travel(measured.journey, [name])))),
    (round) => timed(() => travel(floor.journey, names(round))),
  );
  const seconds = (values: readonly number[]) => values.map((value) => value / 1000);
  const samples = { measured: seconds(milliseconds.measured), floor: seconds(milliseconds.floor) };
  const row = { scenario: "f", what: `${count} packages, create to published`, unit: "s", peers: PEERS } as const;
  return [compare(row, samples, 2)];
}
