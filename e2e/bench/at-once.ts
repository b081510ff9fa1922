import { runJourney } from "./journey.ts";
import { alternate, timed } from "./measure.ts";
import { compare, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const ROUNDS = 3;

/**
 * (f) Packages at once, each starting its next step when the previous one is acknowledged. The floor does each of the
 * four steps for all packages together, with one push.
 */
export async function measureAtOnce({ measured, floor }: BenchEnv, count: number): Promise<readonly Row[]> {
  const names = (round: number) => Array.from({ length: count }, (_, at) => `at-once-${count}-${round}-${at}`);
  const milliseconds = await alternate(
    ROUNDS,
    (round) => timed(() => Promise.all(names(round).map((name) => runJourney(measured.journey, [name])))),
    (round) => timed(() => runJourney(floor.journey, names(round))),
  );
  const seconds = (values: readonly number[]) => values.map((value) => value / 1000);
  const samples = { measured: seconds(milliseconds.measured), floor: seconds(milliseconds.floor) };
  const row = { scenario: "f", what: `${count} packages, create to published`, unit: "s" } as const;
  return [compare(row, samples, 2)];
}
