import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/**
 * `node soak.ts MINUTES [SEED]`: more rounds of the randomized tests than in `make test-faults`, then chaos for
 * MINUTES.
 */
const [, , givenMinutes = "", givenSeed = ""] = process.argv;
const minutes = givenMinutes || "10";
const seed = givenSeed || String(Date.now() % 1_000_000_007);
if (!/^[0-9]+(\.[0-9]+)?$/.test(minutes) || Number(minutes) === 0 || !/^[0-9]+$/.test(seed)) {
  process.stderr.write("make soak MINUTES=30 SEED=1: minutes of chaos, above 0, and a whole number as the seed\n");
  process.exit(2);
}

/** Twelve hours for a test: ends only a test that hangs. */
const LIMIT_MS = String(12 * 3_600_000);
const root = join(import.meta.dirname, "..", "..");
const STEPS: readonly { readonly title: string; readonly tests: readonly string[]; readonly env?: object }[] = [
  {
    title: "20,000 histories of the planning code's model",
    tests: ["--project", "unit", "src/controllers/package-revision/lifecycle.model"],
    env: { PKGSERVER_FUZZ: "20000" },
  },
  {
    title: "5,000 merges of packages for each property",
    tests: ["--project", "unit", "src/core/merge"],
    env: { PKGSERVER_FUZZ_MERGES: "5000" },
  },
  {
    title: "ten thousand revisions, packages and drafts of one repository",
    tests: ["--project", "unit", "src/storage/git/package-store/scale"],
    env: { PKGSERVER_SCALE: "10" },
  },
  {
    title: "killed at every step, with three seeds",
    tests: ["--project", "faults", "e2e/faults/crash"],
    env: { PKGSERVER_CRASH_SEEDS: "3" },
  },
  {
    title: "fuzzing through the API server",
    tests: ["--project", "faults", "e2e/faults/fuzz"],
    env: { PKGSERVER_FUZZ_FILES: "20000", PKGSERVER_FUZZ_NAMES: "5000", PKGSERVER_FUZZ_SEQUENCES: "2000" },
  },
  {
    title: `chaos for ${minutes} minutes`,
    tests: ["--project", "faults", "e2e/faults/chaos"],
    env: { PKGSERVER_SOAK_MINUTES: minutes },
  },
];

process.stdout.write(`seed ${seed}: make soak MINUTES=${minutes} SEED=${seed} repeats this run\n`);
for (const { title, tests, env } of STEPS) {
  process.stdout.write(`\n## ${title}\n`);
  const child = spawn("vitest", ["run", ...tests], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env, PKGSERVER_SEED: seed, PKGSERVER_TEST_LIMIT_MS: LIMIT_MS },
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) {
    process.stderr.write(`\nfailed with seed ${seed}: ${title}\n`);
    process.exit(1);
  }
}
process.stdout.write(`\nseed ${seed}: all tests passed\n`);
