import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { resolveBinaries } from "../harness/binaries.ts";
import { clock, median } from "./measure.ts";
import { compare, isMet, type Row } from "./table.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
/** A start that a user does not notice as a wait. */
const LIMIT_MS = 250;

/** The time of `kubectl pkg version --client`, as one bundled file, beside that of `kubectl version --client`. */
export async function measureStart(count: number): Promise<readonly Row[]> {
  const { kubectl } = await resolveBinaries();
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-start-"));
  try {
    await run("make", ["cli", `CLI_DIR=${dir}`], { cwd: ROOT });
    // A user has no compile cache.
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    const timeOf = async (program: string): Promise<number> => {
      const started = clock();
      await run(program, ["version", "--client"], { env });
      return clock() - started;
    };
    const programs = [join(dir, "kubectl-pkg"), kubectl] as const;
    // The first call reads the files from disk.
    for (const program of programs) await timeOf(program);
    const samples = { measured: [] as number[], floor: [] as number[] };
    for (let at = 0; at < count; at++) {
      samples.measured.push(await timeOf(programs[0]));
      samples.floor.push(await timeOf(programs[1]));
    }
    const row = compare({ scenario: "l", what: `start, ${count} calls, beside kubectl`, unit: "ms" }, samples);
    return [{ ...row, wanted: `<= ${LIMIT_MS} ms`, met: isMet(median(samples.measured) <= LIMIT_MS) }];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
