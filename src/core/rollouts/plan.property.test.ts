import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RolloutStatus, RolloutStep } from "../../api/v1alpha1/rollout.ts";
import { decisionOn, parseDecision } from "./decision.ts";
import type { RolloutPlan } from "./plan.ts";
import { readRecord } from "./record.ts";
import { Fleet } from "./testing/fleet.ts";
import { divideIntoWaves, failureLimit } from "./waves.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"] as const;
const REGIONS = ["eu", "us"] as const;
const MINUTE = 60_000;

const step: fc.Arbitrary<RolloutStep> = fc
  .record({
    takes: fc.oneof(
      fc.record({ count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
      fc.constantFrom(...REGIONS).map((region) => ({ selector: { matchLabels: { region } } })),
    ),
    more: fc.record(
      {
        pause: fc.constantFrom({}, { duration: "3m" }),
        maxFailures: fc.integer({ min: 0, max: 2 }),
        window: fc.constant({ schedule: "*/10 * * * *", duration: "5m" }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ takes, more }) => ({ ...takes, ...more }));
const steps = fc.array(step, { minLength: 1, maxLength: 4 });

/** What happens to a fleet, with a name for counterexamples. */
interface Event {
  readonly act: (fleet: Fleet) => void;
  readonly toString: () => string;
}
const happens = (label: string, act: Event["act"]): Event => ({ act, toString: () => label });
const name = fc.constantFrom(...NAMES);
const named = (label: string, act: (fleet: Fleet, one: string) => void) =>
  name.map((one) => happens(`${label} ${one}`, (fleet) => act(fleet, one)));
const value = fc.constantFrom("v1", "v2", "v3");
const toggle = (fleet: Fleet, one: string) => {
  const member = fleet.members.get(one);
  if (member !== undefined) member.isRefused = !member.isRefused;
};
const always = (label: string, act: Event["act"]) => fc.constant(happens(label, act));
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: named("publish", (fleet, one) => fleet.publish(one)) },
  { weight: 4, arbitrary: always("publish all", (fleet) => fleet.publish(...NAMES)) },
  named("fail", (fleet, one) => fleet.fail(one)),
  named("refuse or not", toggle),
  value.map((one) => happens(`want ${one}`, (fleet) => fleet.want(one))),
  fc.tuple(value, name).map(([one, to]) => happens(`want ${one} for ${to}`, (fleet) => fleet.want(one, [to]))),
  fc.tuple(name, fc.constantFrom(...REGIONS)).map(([one, region]) => {
    return happens(`add ${one} in ${region}`, (fleet) => fleet.add(one, { region }));
  }),
  named("remove", (fleet, one) => fleet.remove(one)),
  named("edit", (fleet, one) => fleet.edit(one, "v9")),
  steps.map((next) =>
    happens(`steps ${JSON.stringify(next)}`, (fleet) => {
      fleet.steps = next;
    }),
  ),
  fc.integer({ min: 1, max: 8 }).map((minutes) =>
    happens(`${minutes} minutes`, (fleet) => {
      fleet.now += minutes * MINUTE;
    }),
  ),
  { weight: 3, arbitrary: always("resume", (fleet) => fleet.decide("resume")) },
  always("abort", (fleet) => fleet.decide("abort")),
  always("roll back", (fleet) => fleet.decide("rollback")),
  always("forget the decision", (fleet) => {
    fleet.annotation = undefined;
  }),
  always("lose the status", (fleet) => {
    fleet.status = undefined;
  }),
);
/** What changes nothing that targets are to have. */
const sameContent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: named("publish", (fleet, one) => fleet.publish(one)) },
  named("fail", (fleet, one) => fleet.fail(one)),
  named("move", (fleet, one) => fleet.add(one, { region: "us" })),
  steps.map((next) =>
    happens(`steps ${JSON.stringify(next)}`, (fleet) => {
      fleet.steps = next;
    }),
  ),
  fc.integer({ min: 1, max: 8 }).map((minutes) =>
    happens(`${minutes} minutes`, (fleet) => {
      fleet.now += minutes * MINUTE;
    }),
  ),
  always("resume", (fleet) => fleet.decide("resume")),
  always("abort", (fleet) => fleet.decide("abort")),
);
const history = fc.array(fc.tuple(event, fc.constantFrom(0, 1, 2, 99)), { maxLength: 60 });

/** True if everything of these waves is published, but for failures that the steps allow or a person accepted. */
function isPassed(fleet: Fleet, upTo: number, status: RolloutStatus): boolean {
  const decision = decisionOn(status, parseDecision(fleet.annotation));
  const accepted = decision?.kind === "resume" ? decision.failures : 0;
  const waves = divideIntoWaves(fleet.steps, fleet.targets()).slice(0, upTo);
  let left = accepted;
  for (const [index, wave] of waves.entries()) {
    const open = wave.filter((one) => !fleet.isPublished(one.name));
    const hasFailed = ({ name: one, isRefused }: (typeof open)[number]) =>
      isRefused || fleet.variants.get(one)?.status?.conditions?.some(({ type }) => type === "Stalled") === true;
    if (!open.every(hasFailed)) return false;
    const allowed = fleet.steps[index];
    const excess = Math.max(0, open.length - (allowed === undefined ? 0 : failureLimit(allowed, wave.length)));
    // A person accepts what has failed by then, and nothing of later waves.
    const isKnown = decision?.kind === "resume" && index < decision.wave;
    left -= excess;
    if (excess > 0 && (!isKnown || left < 0)) return false;
  }
  return true;
}

/** What a reconcile may do in the state before it. */
function check(fleet: Fleet, before: RolloutStatus | undefined, { status, writes }: RolloutPlan): void {
  const { id, wave, firstWave } = status;
  const isNew = before?.id !== id || before.startTime !== status.startTime;
  const waves = divideIntoWaves(fleet.steps, fleet.targets());
  const decision = decisionOn(status, parseDecision(fleet.annotation));
  const isEnded = status.state === "Aborted" || status.state === "RolledBack";
  // Other steps than before: everything is out already.
  const isOut = before?.state === "Completed" && !isNew;
  const begins = isEnded || isOut ? [] : range(isNew ? firstWave : before.wave + 1, wave);
  for (const next of begins) {
    expect(isPassed(fleet, next - 1, status), `wave ${next} of ${id} begins although an earlier one is not done`).toBe(
      true,
    );
    const pause = next > firstWave ? fleet.steps[next - 2]?.pause : undefined;
    const isResumed = decision?.kind === "resume" && decision.wave >= next;
    const later = waves.slice(next - 1).flat();
    const isOutAlready =
      later.length > 0 && later.every((one) => fleet.valueOf(one.name) === fleet.members.get(one.name)?.value);
    if (pause === undefined || isResumed || isOutAlready) continue;
    expect(pause.duration, `wave ${next} begins although nobody has resumed`).toBe("3m");
    const since = before?.pauseStartTime;
    expect(since).toBeDefined();
    expect(fleet.now - Date.parse(since ?? "")).toBeGreaterThanOrEqual(3 * MINUTE);
  }
  for (const { target, spec, record } of writes) {
    const known = target.variant === undefined ? undefined : readRecord(target.variant);
    const isAgain = known !== undefined && record === undefined;
    const at = waves.findIndex((one) => one.some(({ name: each }) => each === target.name)) + 1;
    // Changes by hand are undone anywhere.
    if (isAgain) expect(spec.upstream.revision).toBe(target.wanted?.spec.upstream.revision);
    else if (isEnded) expect(known?.rollout).toBe(id);
    else expect(at, `${target.name} is ahead of its wave`).toBeLessThanOrEqual(wave);
  }
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function run(events: readonly (readonly [Event, number])[], fleet: Fleet): void {
  for (const [{ act }, writes] of events) {
    act(fleet);
    const before = fleet.status;
    const plan = fleet.plan();
    check(fleet, before, plan);
    fleet.reconcile(writes);
  }
}

function fleetOf(list: readonly RolloutStep[]): Fleet {
  const fleet = new Fleet(list);
  for (const [index, one] of NAMES.entries()) if (index < 4) fleet.add(one, { region: index % 2 === 0 ? "eu" : "us" });
  return fleet;
}

/** After a history, of which the API server refuses nothing any more. */
function fleetAfter(list: readonly RolloutStep[], events: Parameters<typeof run>[0]): Fleet {
  const fleet = fleetOf(list);
  run(events, fleet);
  for (const member of fleet.members.values()) member.isRefused = false;
  return fleet;
}

describe("planRollout, whatever happens and wherever the operator is killed", () => {
  it("begins no wave before the earlier ones are done, and writes nothing ahead of its wave", () => {
    fc.assert(
      fc.property(steps, history, (list, events) => run(events, fleetOf(list))),
      { numRuns: 500 },
    );
  });

  it("has nothing to write twice, and the same answer again", () => {
    fc.assert(
      fc.property(steps, history, (list, events) => {
        const fleet = fleetAfter(list, events);
        for (let left = 0; left < 3; left++) fleet.reconcile();
        const { status } = fleet;
        const { writes } = fleet.reconcile();
        expect(writes).toEqual([]);
        expect(fleet.status).toEqual(status);
      }),
      { numRuns: 150 },
    );
  });

  it("ends when everything is published and a person resumes", () => {
    fc.assert(
      fc.property(steps, history, (list, events) => {
        const fleet = fleetAfter(list, events);
        for (let left = 0; left < 24; left++) {
          fleet.reconcile();
          fleet.publish(...NAMES);
          fleet.reconcile();
          fleet.decide("resume");
        }
        expect(fleet.status?.state).toBe("Completed");
        for (const [one, member] of fleet.members) expect(fleet.valueOf(one)).toBe(member.value);
      }),
      { numRuns: 150 },
    );
  });

  it("takes back all of a change, however often its steps were changed meanwhile", () => {
    const events = fc.array(fc.tuple(sameContent, fc.constantFrom(0, 1, 2, 99)), { maxLength: 40 });
    fc.assert(
      fc.property(steps, events, (list, all) => {
        const fleet = fleetOf([{ percent: 100 }]);
        for (const one of NAMES) if (!fleet.members.has(one)) fleet.add(one);
        fleet.reconcile();
        fleet.publish(...NAMES);
        fleet.reconcile();
        fleet.steps = list;
        fleet.want("v2");
        run(all, fleet);
        fleet.reconcile();
        fleet.decide("rollback");
        fleet.reconcile();
        expect(fleet.values()).toBe(NAMES.map((one) => `${one}=v1`).join(" "));
      }),
      { numRuns: 150 },
    );
  });

  it("gives nothing but what was published before to what is rolled back", () => {
    fc.assert(
      fc.property(steps, history, (list, events) => {
        const fleet = fleetAfter(list, events);
        fleet.reconcile();
        fleet.decide("rollback");
        for (let left = 0; left < 3; left++) fleet.reconcile();
        const { state, id } = fleet.status ?? {};
        expect(state).toBe("RolledBack");
        for (const variant of fleet.variants.values()) {
          const record = readRecord(variant);
          const isBack = record?.rollout === id && record?.former !== undefined;
          if (isBack) expect(variant.spec.upstream.revision).toBe(record.former?.upstream.revision);
        }
      }),
      { numRuns: 150 },
    );
  });
});
