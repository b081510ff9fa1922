import { expect } from "vitest";
import { isRunning } from "../harness/processes.ts";
import { readChartLimits } from "./chart-limits.ts";
import type { Fixtures } from "./fixtures.ts";
import { monitorEventLoop } from "./loop-watch.ts";
import { watchMemory } from "./memory-watch.ts";
import { createPublisher, describeStep, slowestOf } from "./publisher.ts";

/** What a neighbour's user may wait for one step, whatever another tenant does, in milliseconds. */
const STEP_MS = 1000;
/** On a machine that is slow meanwhile: a multiple of the slowest step at an operator without the other tenant. */
const STEP_FACTOR = 3;
/** How long the event loop may be blocked, in milliseconds. */
const LOOP_MS = 200;
/** Packages that the neighbour must have published during an attack. */
const PUBLISHED = 2;

/** A tenant in the environment's namespace, beside a hostile one. */
export interface Neighbour {
  /**
   * Carries out an attack of another tenant, while the neighbour publishes one package after the other, and someone at
   * another operator too. Fails if a step of the neighbour is slow, if the operator blocks its event loop, ends, or
   * takes more memory than the chart allows.
   */
  isUnhurtBy(attack: (progress: Progress) => Promise<void>): Promise<void>;
}

export interface Progress {
  /** True once the neighbour has published as much as it must: a short attack is repeated until then. */
  hasPublished(): boolean;
}

/**
 * Creates the neighbour with a Repository.
 * @param control an environment without an attack. What the machine and the API server do to its steps is not the
 * operator's doing.
 */
export async function createNeighbour(fixtures: Fixtures, control: Fixtures): Promise<Neighbour> {
  const { env } = fixtures;
  const [publisher, calm, limits] = await Promise.all([
    createPublisher(fixtures),
    createPublisher(control),
    readChartLimits(),
  ]);
  return {
    isUnhurtBy: async (attack) => {
      const { operator } = env;
      using monitors = new DisposableStack();
      const loop = monitors.adopt(await monitorEventLoop(operator), (one) => one.close());
      const memory = monitors.adopt(watchMemory(operator), (one) => one.close());
      const [work, calmWork] = [publisher.start(), calm.start()];
      const measure = async () => {
        await attack({ hasPublished: () => work.published() >= PUBLISHED });
        return work.published();
      };
      const published = await measure().finally(async () => await Promise.all([work.end(), calmWork.end()]));
      const [longest, most] = [await loop.longestMs(), memory.most()];
      const [slowest, usual] = [slowestOf(work.steps), slowestOf(calmWork.steps)];
      const figures =
        `slowest step ${describeStep(slowest)} of ${work.steps.length}, at another operator ${describeStep(usual)}; ` +
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
