import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOwn, type Membership, nextShardView, planLeave, planReport, type ShardView } from "./membership.ts";

const IDS = ["a", "b", "c", "d", "e", "f"] as const;
const KEYS = Array.from({ length: 4 }, (_, index) => `key-${index}`);

/** One replica of the model. */
interface Replica {
  view: ShardView | undefined;
  epoch: number;
  settled: number;
  readonly working: Set<string>;
}

const step = fc.record({
  id: fc.constantFrom(...IDS),
  act: fc.oneof(
    { weight: 8, arbitrary: fc.constant("report" as const) },
    { weight: 12, arbitrary: fc.constant("start" as const) },
    { weight: 4, arbitrary: fc.constant("stop" as const) },
    { weight: 1, arbitrary: fc.constantFrom("die", "leave") },
  ),
  key: fc.constantFrom(...KEYS),
});

describe("membership after any steps", () => {
  it("never lets two replicas work on one key while replicas join, leave or die in any order", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 150 }), (steps) => {
        let lease: Membership | undefined;
        const alive = new Map<string, Replica>();
        const dead = new Set<string>();
        for (const { id, act, key } of steps) {
          // Identities are used once, like those of processes.
          if (dead.has(id)) continue;
          const replica = alive.get(id) ?? { view: undefined, epoch: 0, settled: 0, working: new Set<string>() };
          if (act === "report") {
            lease = planReport(lease, { id, settled: replica.settled }, dead);
            replica.view = nextShardView(replica.view, lease);
            replica.epoch = lease.epoch;
            alive.set(id, replica);
          } else if (act === "start" && isOwn(replica.view, id, key)) {
            replica.working.add(key);
          } else if (act === "stop") {
            replica.working.delete(key);
          } else if (act === "die" && alive.delete(id)) {
            dead.add(id);
          } else if (act === "leave" && alive.delete(id) && lease !== undefined) {
            lease = planLeave(lease, id);
            dead.add(id);
          }
          if ([...replica.working].every((one) => isOwn(replica.view, id, one))) replica.settled = replica.epoch;
          for (const one of KEYS) {
            const workers = [...alive].filter(([, { working }]) => working.has(one));
            expect(workers.length, `${one} of ${workers.map(([name]) => name)}`).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives every key to exactly one replica after a few reports of all", () => {
    fc.assert(
      fc.property(fc.subarray([...IDS], { minLength: 1 }), (ids) => {
        let lease: Membership | undefined;
        const views = new Map<string, ShardView | undefined>();
        for (let round = 0; round < 3; round++) {
          for (const id of ids) {
            lease = planReport(lease, { id, settled: lease?.epoch ?? 0 }, new Set());
            views.set(id, nextShardView(views.get(id), lease));
          }
        }
        for (const key of KEYS) expect(ids.filter((id) => isOwn(views.get(id), id, key))).toHaveLength(1);
      }),
    );
  });
});
