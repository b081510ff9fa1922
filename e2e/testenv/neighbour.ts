import { expect } from "vitest";
import { isRunning } from "../harness/processes.ts";
import { readChartLimits } from "./chart-limits.ts";
import type { Fixtures } from "./fixtures.ts";
import { monitorEventLoop } from "./loop-watch.ts";
import { watchMemory } from "./memory-watch.ts";
import { describeStep, goRound, type Step, slowestOf } from "./neighbour-round.ts";

/** What a neighbour's user may wait for one step, whatever another tenant does, in milliseconds. */
const STEP_MS = 1000;
/** On a machine that is slow anyway: a multiple of the slowest step without an attack. */
const STEP_FACTOR = 3;
/** How long the event loop may be blocked, in milliseconds. */
const LOOP_MS = 200;
const ROUNDS_BEFORE = 3;
/** Packages that the neighbour must have published during an attack. */
const PUBLISHED = 2;

/** A tenant in the environment's namespace, beside a hostile one. */
export interface Neighbour {
  /**
   * Carries out an attack of another tenant, while the neighbour publishes one package after the other. Fails if a step
   * of the neighbour is slow, if the operator blocks its event loop, ends, or takes more memory than the chart allows.
   */
  isUnhurtBy(attack: (progress: Progress) => Promise<void>): Promise<void>;
}

export interface Progress {
  /** True once the neighbour has published as much as it must: a short attack is repeated until then. */
  hasPublished(): boolean;
}

/** Creates the neighbour with a Repository. Its first round, with cold code and caches, is measured by nobody. */
export async function createNeighbour({ env, packages }: Fixtures, repository = "neighbour"): Promise<Neighbour> {
  await env.git.createRepository(repository);
  await env.register(repository);
  const limits = await readChartLimits();
  let rounds = 0;
  const publishNext = async () => await goRound(packages, repository, `p${++rounds}`);
  await publishNext();
  return {
    isUnhurtBy: async (attack) => {
      const before = await repeat(ROUNDS_BEFORE, publishNext);
      const { operator } = env;
      using monitors = new DisposableStack();
      const loop = monitors.adopt(await monitorEventLoop(operator), (one) => one.close());
      const memory = monitors.adopt(watchMemory(operator), (one) => one.close());
      const work = startWork(publishNext);
      const measure = async () => {
        await attack({ hasPublished: () => work.published() >= PUBLISHED });
        return work.published();
      };
      const published = await measure().finally(work.end);
      const [longest, most] = [await loop.longestMs(), memory.most()];
      const [slowest, usual] = [slowestOf(work.steps), slowestOf(before)];
      const figures =
        `slowest step ${describeStep(slowest)} of ${work.steps.length}, before the attack ${describeStep(usual)}; ` +
        `event loop ${Math.round(longest)} ms; memory ${Math.round(most)} of ${limits.memory} MiB`;
      process.stdout.write(`${expect.getState().currentTestName}: ${figures}\n`);
      expect([env.operator.ref, isRunning(operator.ref)], "the operator has ended").toEqual([operator.ref, true]);
      expect(published, "packages that the neighbour published during the attack").toBeGreaterThanOrEqual(PUBLISHED);
      expect(slowest.ms, figures).toBeLessThan(Math.max(STEP_MS, STEP_FACTOR * usual.ms));
      expect(longest, figures).toBeLessThanOrEqual(LOOP_MS);
      expect(most, figures).toBeLessThanOrEqual(limits.memory);
    },
  };
}

interface Work {
  readonly steps: readonly Step[];
  /** Throws if the work has failed. */
  published(): number;
  /** Lets the round that has begun end. Throws if the work has failed. */
  end(): Promise<void>;
}

function startWork(publishNext: () => Promise<readonly Step[]>): Work {
  const steps: Step[] = [];
  let published = 0;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    while (!isOver) {
      steps.push(...(await publishNext()));
      published += 1;
    }
  };
  const ended = work().catch((error: unknown) => {
    failure = { error };
  });
  const check = () => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    steps,
    published: () => {
      check();
      return published;
    },
    end: async () => {
      isOver = true;
      await ended;
      check();
    },
  };
}

async function repeat(times: number, publishNext: () => Promise<readonly Step[]>): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (let at = 0; at < times; at++) steps.push(...(await publishNext()));
  return steps;
}
