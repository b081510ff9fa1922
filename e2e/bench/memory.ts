import { readMemory } from "../harness/process-memory.ts";
import { readMetric } from "./metric.ts";
import { isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

/** Largest memory for up to `held` revisions. */
const LIMITS = [
  { held: 1000, mebibytes: 256 },
  { held: 10_000, mebibytes: 512 },
];

/**
 * (e) Resident memory of the operator and its git child processes after all other scenarios of the environment. The
 * operator runs as in its image.
 */
export async function measureMemory({ operator, held }: BenchEnv): Promise<readonly Row[]> {
  const { now, peak } = readMemory(operator.ref.pid);
  const limit = LIMITS.find((one) => held <= one.held)?.mebibytes;
  const compareWithLimit = (value: number) =>
    limit === undefined ? {} : { wanted: `<= ${limit} MiB`, met: isMet(value <= limit), ratio: value / limit };
  const row = { scenario: "e", unit: "MiB" } as const;
  const [own = 0, heap = 0] = await Promise.all(
    ["process_resident_memory_bytes", "nodejs_heap_size_used_bytes"].map((name) => readMetric(operator.url, name)),
  );
  const mebibytes = (bytes: number) => bytes / 1024 / 1024;
  return [
    { ...row, what: `memory, ${held} held: git children`, measured: now - mebibytes(own) },
    { ...row, what: `memory, ${held} held: JavaScript heap in use`, measured: mebibytes(heap) },
    { ...row, what: `memory, ${held} held`, measured: now, ...compareWithLimit(now) },
    { ...row, what: `memory, ${held} held, the most since the start`, measured: peak, ...compareWithLimit(peak) },
  ];
}
