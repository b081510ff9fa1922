import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import { runGit } from "../harness/git-command.ts";
import { measureApprovals } from "./approvals.ts";
import { measureAtOnce } from "./at-once.ts";
import { measureDependencies } from "./dependencies.ts";
import { measureFleet } from "./fleet.ts";
import { describeGrowth, measureLifecycle, type ToStatus } from "./lifecycle.ts";
import { measureListing } from "./listing.ts";
import { clock } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { measureOutsideTag } from "./outside-tag.ts";
import { type BenchPlan, envSizes, type Letter, readPlan } from "./plan.ts";
import { measureProcessing } from "./processing.ts";
import { startProfile } from "./profile.ts";
import { describeRegistration } from "./registration.ts";
import { measureResync } from "./resync.ts";
import { measureScale } from "./scale.ts";
import { SHAPES } from "./scale-shapes.ts";
import { measureStart } from "./start.ts";
import { type System, startSystem } from "./system.ts";
import { type Row, renderTable } from "./table.ts";
import { type BenchEnv, startBenchEnv } from "./testenv.ts";

/** `make bench`: the operator compared with the least work that its tasks need, in one run on one machine. */
async function main(): Promise<void> {
  const plan = readPlan(process.argv.slice(2));
  const started = clock();
  const log = (line: string) =>
    process.stderr.write(`${((clock() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
  if (plan.profile !== undefined)
    log("profiling slows the operator and not the floor: use the profiles, not the ratios");
  // The measured commit, read at the start: the work tree may change during the run.
  const commit = (await runGit(import.meta.dirname, ["describe", "--always", "--dirty"])).trim();
  const system = await startSystem(log);
  const rows: Row[] = [];
  const lifecycles = new Map<number, ToStatus>();
  try {
    for (const held of envSizes(plan)) {
      try {
        rows.push(...(await measureEnvs(system, plan, held, lifecycles, log)));
      } catch (error) {
        // The results of the other sizes are still useful.
        reportFailure(log, `${held} held`, error);
      }
    }
    for (const shape of SHAPES) {
      for (const count of plan.sizes[shape.letter]) {
        log(`scenario ${shape.letter}: ${shape.what(count)}`);
        try {
          rows.push(...(await measureScale(system, shape, count)));
        } catch (error) {
          reportFailure(log, `scenario ${shape.letter}`, error);
        }
      }
    }
    for (const count of plan.sizes.l) {
      log("scenario l: start of the command line");
      rows.push(...(await measureStart(count)));
    }
  } finally {
    await system.close();
  }
  for (const count of plan.sizes.m) {
    log("scenario m: rendering and validation");
    rows.push(...(await measureProcessing(count)));
  }
  for (const count of plan.sizes.n) {
    log("scenario n: dependencies");
    rows.push(...(await measureDependencies(count)));
  }
  rows.push(...describeGrowth(lifecycles));
  rows.sort((a, b) => a.scenario.localeCompare(b.scenario));
  process.stdout.write(`\n${renderTable(rows)}\n`);
  const [load = 0] = loadavg();
  if (load > cpus().length)
    log(`load average ${load.toFixed(1)} on ${cpus().length} CPUs: the machine was shared, check the ranges`);
  await mkdir(dirname(plan.out), { recursive: true });
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, loadAverage: loadavg(), node: process.version };
  const result = { at: new Date().toISOString(), commit, machine, rows };
  await writeFile(plan.out, `${JSON.stringify(result, null, 2)}\n`);
  log(`written to ${plan.out}`);
}

function reportFailure(log: (line: string) => void, scenario: string, error: unknown): void {
  log(`${scenario}: failed: ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
}

/** Number of registrations: enough pairs to compare; large registrations take too long for several. */
function roundsOf(held: number): number {
  if (held === 0) return 1;
  return held <= 2000 ? 3 : 1;
}

/**
 * Measures everything with `held` revisions: each registration in an environment of its own, all other scenarios in the
 * last one.
 */
async function measureEnvs(
  system: System,
  plan: BenchPlan,
  held: number,
  lifecycles: Map<number, ToStatus>,
  log: (line: string) => void,
): Promise<readonly Row[]> {
  const registers = plan.sizes.a.includes(held);
  const rounds = registers ? roundsOf(held) : 1;
  const times = { measured: [] as number[], floor: [] as number[] };
  const writes: number[] = [];
  const rows: Row[] = [];
  for (let round = 1; round <= rounds; round++) {
    log(`${held} held: registering${rounds > 1 ? `, round ${round} of ${rounds}` : ""}`);
    const env = await startBenchEnv(system, {
      held,
      round,
      floorFirst: round % 2 === 1,
      ...(plan.profile !== undefined && { profile: plan.profile }),
    });
    try {
      times.measured.push(env.registered.measured);
      times.floor.push(env.registered.floor);
      writes.push(env.registered.calls.writes);
      if (round === rounds) rows.push(...(await measureInside(env, plan, lifecycles, log)));
    } finally {
      await env.close();
    }
  }
  return registers && held > 0 ? [...describeRegistration(held, times, writes), ...rows] : rows;
}

async function measureInside(
  env: BenchEnv,
  plan: BenchPlan,
  lifecycles: Map<number, ToStatus>,
  log: (line: string) => void,
): Promise<readonly Row[]> {
  const { held } = env;
  const rows: Row[] = [];
  const run = async (letter: Letter, size: number, work: () => Promise<readonly Row[]>) => {
    if (!plan.sizes[letter].includes(size)) return;
    log(`${held} held: scenario ${letter}`);
    const stopProfile = plan.profile && (await startProfile(env.operator, plan.profile, `${letter}-${size}`));
    try {
      rows.push(...(await Promise.race([work(), env.ended])));
    } catch (error) {
      reportFailure(log, `scenario ${letter}`, error);
    }
    if (stopProfile) await stopProfile();
  };
  await run("b", held, () => measureResync(env));
  await run("g", held, () => measureListing(env));
  await run("h", held, () => measureOutsideTag(env));
  await run("c", held, async () => {
    const { rows: found, toStatus } = await measureLifecycle(env, plan.samples);
    lifecycles.set(held, toStatus);
    return found;
  });
  // A profile is kept in the operator's own memory until it is written.
  if (plan.profile === undefined) await run("e", held, () => measureMemory(env));
  if (held > 0) return rows;
  for (const count of plan.sizes.d) await run("d", count, () => measureApprovals(env, count));
  for (const count of plan.sizes.f) await run("f", count, () => measureAtOnce(env, count));
  for (const count of plan.sizes.o) await run("o", count, () => measureFleet(env, count));
  return rows;
}

await main();
