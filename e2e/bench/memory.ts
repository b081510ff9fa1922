import { readMemory, readMetric } from "./process-stats.ts";
import { isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

/** MiB wanted for so many held at most. */
const LIMITS = [
  { held: 1000, mebibytes: 256 },
  { held: 10_000, mebibytes: 512 },
];
const PEERS = "1,000: Porch CR 293, Postgres 286 and Postgres itself, v1alpha2 261 at 500; pkgserver 169";

/**
 * (e) Resident memory of the operator with its git children, after all else that was done in this world; run as its
 * image does.
 */
export async function measureMemory({ operator, held }: BenchEnv): Promise<readonly Row[]> {
  const { now, peak } = readMemory(operator.ref.pid);
  const limit = LIMITS.find((one) => held <= one.held)?.mebibytes;
  const judge = (value: number) =>
    limit === undefined ? {} : { wanted: `<= ${limit} MiB`, met: isMet(value <= limit), ratio: value / limit };
  const row = { scenario: "e", unit: "MiB" } as const;
  const [own = 0, heap = 0] = await Promise.all(
    ["process_resident_memory_bytes", "nodejs_heap_size_used_bytes"].map((name) => readMetric(operator.url, name)),
  );
  const mebibytes = (bytes: number) => bytes / 1024 / 1024;
  return [
    { ...row, what: `memory, ${held} held: git children`, measured: now - mebibytes(own) },
    { ...row, what: `memory, ${held} held: JavaScript heap in use`, measured: mebibytes(heap) },
    { ...row, what: `memory, ${held} held`, measured: now, ...judge(now), peers: PEERS },
    { ...row, what: `memory, ${held} held, the most since the start`, measured: peak, ...judge(peak) },
  ];
}
