import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type OperatorProcess, type OperatorSpec, startOperator } from "../../harness/operator.ts";
import { isRunning, signalProcess } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

/** The replicas of an environment's operator, each restarted when it ends, as Kubernetes does. */
export interface Crew {
  /** The replicas that run now. */
  running(): readonly OperatorProcess[];
  /** The number of restarts. */
  restarts(): number;
  /** Waits until all replicas run. */
  complete(): Promise<void>;
  /** Ends all replicas but the environment's own. */
  close(): Promise<void>;
}

interface Place {
  readonly spec: OperatorSpec;
  process: OperatorProcess | undefined;
}

export async function hireCrew(env: TestEnv, size: number): Promise<Crew> {
  const places: Place[] = [{ spec: env.operatorSpec, process: env.operator }];
  for (let index = 1; index < size; index++) {
    const dir = join(env.operatorSpec.dir, `replica-${index}`);
    await mkdir(dir);
    places.push({ spec: { ...env.operatorSpec, dir }, process: undefined });
  }
  let closed = false;
  let restarts = 0;
  const alive = ({ process }: Place) => process !== undefined && isRunning(process.ref);
  const keep = async (place: Place) => {
    while (!closed) {
      if (alive(place)) await waitUntil("it ends", () => closed || !alive(place), { timeoutMs: 2 ** 31 - 1 });
      if (closed) return;
      if (place.process !== undefined) restarts += 1;
      await place.process?.kill();
      // Without an API server it ends again at once.
      place.process = await startOperator(place.spec).catch(() => undefined);
      if (place.spec === env.operatorSpec && place.process !== undefined) env.operator = place.process;
    }
  };
  const keeping = places.map(keep);
  return {
    running: () => places.flatMap((place) => (alive(place) ? (place.process ?? []) : [])),
    restarts: () => restarts,
    complete: async () => void (await waitUntil("all replicas run", () => places.every(alive))),
    close: async () => {
      closed = true;
      await Promise.all(keeping);
      for (const { process } of places) if (process !== undefined) signalProcess(process.ref, "SIGCONT");
      await Promise.all(places.slice(1).map(async ({ process }) => await process?.stop()));
    },
  };
}
