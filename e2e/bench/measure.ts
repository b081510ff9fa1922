/** Milliseconds of a monotonic clock. */
export const clock = (): number => performance.now();

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
}

/** Nearest-rank 95th percentile. */
export function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

/** Samples of the same work by the operator and by the floor. */
export interface Pair {
  readonly measured: readonly number[];
  readonly floor: readonly number[];
}

/** Runs both in turn, each first equally often, so that other load of the machine affects both. */
export async function alternate<T>(
  times: number,
  measured: (index: number) => Promise<T>,
  floor: (index: number) => Promise<T>,
): Promise<{ readonly measured: readonly T[]; readonly floor: readonly T[] }> {
  const results: { readonly measured: T[]; readonly floor: T[] } = { measured: [], floor: [] };
  for (let index = 0; index < times; index++) {
    if (index % 2 === 0) results.floor.push(await floor(index));
    results.measured.push(await measured(index));
    if (index % 2 === 1) results.floor.push(await floor(index));
  }
  return results;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = clock();
  await work();
  return clock() - started;
}

/** Milliseconds of CPU time of this process. */
export async function cpuTimeOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
