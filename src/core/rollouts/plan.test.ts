import { describe, expect, it } from "vitest";
import type { RolloutStep } from "../../api/v1alpha1/rollout.ts";
import { Fleet } from "./testing/fleet.ts";

const HOUR = 3_600_000;

/** a and b are published with v1, in a wave each, and so are the others. */
function published(steps: readonly RolloutStep[] = [{ count: 1 }, { count: 1 }, { percent: 100 }]): Fleet {
  const fleet = new Fleet(steps);
  for (const name of ["a", "b", "c", "d"]) fleet.add(name);
  for (let round = 0; round < 8; round++) {
    fleet.reconcile();
    fleet.publish("a", "b", "c", "d");
    fleet.decide("resume");
  }
  fleet.annotation = undefined;
  fleet.reconcile();
  expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1");
  expect(fleet.status?.state).toBe("Completed");
  return fleet;
}

describe("planRollout", () => {
  it("creates variants wave by wave, each after the one before is published", () => {
    const fleet = new Fleet([{ count: 1 }, { selector: { matchLabels: { region: "eu" } } }, { percent: 50 }]);
    for (const name of ["a", "b", "c"]) fleet.add(name);
    fleet.add("d", { region: "eu" });
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1");
    expect(fleet.status).toMatchObject({
      state: "Progressing",
      wave: 1,
      waves: 3,
      progress: "0/4 published, wave 1 of 3",
    });
    fleet.publish("a");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 d=v1");
    fleet.publish("d");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1");
    fleet.publish("b", "c");
    fleet.reconcile();
    expect(fleet.status).toMatchObject({ state: "Completed", progress: "4/4 published, wave 3 of 3" });
  });

  it("lets targets keep what they have until their wave, and begins anew with another change", () => {
    const fleet = published();
    const { id } = fleet.status ?? {};
    fleet.want("v2");
    fleet.reconcile();
    expect(fleet.status?.id).not.toBe(id);
    expect(fleet.values()).toBe("a=v2 b=v1 c=v1 d=v1");
    fleet.publish("a");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v1 d=v1");
    fleet.want("v3");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v3 b=v2 c=v1 d=v1");
    fleet.publish("b");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v3 b=v2 c=v1 d=v1");
  });

  it("begins with the first wave that a change reaches, without the pauses before", () => {
    const fleet = published([{ count: 1, pause: {} }, { count: 1, pause: {} }, { percent: 100 }]);
    fleet.want("v2", ["c"]);
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v2 d=v1");
    expect(fleet.status).toMatchObject({ wave: 3, firstWave: 3 });
  });

  it("gives new targets what is out in their wave, and makes no others wait", () => {
    const fleet = published([{ selector: { matchLabels: { canary: "yes" } }, pause: {} }, { percent: 100 }]);
    fleet.add("e");
    fleet.reconcile();
    expect(fleet.valueOf("e")).toBe("v1");
    fleet.publish("e");
    fleet.want("v2");
    fleet.add("f");
    fleet.add("g", { canary: "yes" });
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1 e=v1 g=v2");
  });

  it("pauses for a while or until somebody resumes, and begins the pause anew if something fails meanwhile", () => {
    const fleet = published([{ count: 1, pause: { duration: "1h" } }, { count: 1, pause: {} }, { percent: 100 }]);
    fleet.want("v2");
    fleet.reconcile();
    fleet.publish("a");
    expect(fleet.reconcile().checkAfterMs).toBe(HOUR);
    expect(fleet.status).toMatchObject({ state: "Paused", pauseStartTime: "2026-01-01T00:00:00Z" });
    fleet.now += HOUR / 2;
    fleet.fail("a");
    fleet.reconcile();
    expect(fleet.status?.state).toBe("Stopped");
    fleet.publish("a");
    fleet.reconcile();
    fleet.now += HOUR - 1000;
    expect(fleet.reconcile().checkAfterMs).toBe(1000);
    fleet.now += 1000;
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v1 d=v1");
    fleet.publish("b");
    fleet.now += 1000 * HOUR;
    expect(fleet.reconcile().checkAfterMs).toBeUndefined();
    expect(fleet.status?.state).toBe("Paused");
    fleet.decide("resume");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v2 d=v2");
  });

  it("does not pause for what is out everywhere, and does for targets that are still to come", () => {
    const fleet = published();
    fleet.want("v2", ["a"]);
    fleet.steps = [{ count: 1, pause: {} }, { percent: 100 }];
    fleet.reconcile();
    fleet.publish("a");
    fleet.reconcile();
    expect(fleet.status).toMatchObject({ state: "Completed", wave: 2 });
    const beginning = new Fleet(fleet.steps);
    beginning.add("a");
    beginning.reconcile();
    beginning.publish("a");
    beginning.add("b");
    beginning.reconcile();
    expect(beginning.values()).toBe("a=v1");
    expect(beginning.status?.state).toBe("Paused");
    const alone = new Fleet(fleet.steps);
    alone.add("a");
    alone.reconcile();
    alone.publish("a");
    alone.reconcile();
    expect(alone.status?.state).toBe("Paused");
  });

  it("takes a resume for exactly the pause that it names", () => {
    const fleet = published([{ count: 1, pause: {} }, { count: 1, pause: {} }, { percent: 100 }]);
    fleet.want("v2");
    fleet.reconcile();
    fleet.publish("a");
    fleet.reconcile();
    fleet.decide("resume");
    const { annotation } = fleet;
    fleet.reconcile();
    fleet.publish("b");
    fleet.reconcile();
    expect(fleet.status).toMatchObject({ state: "Paused", wave: 2 });
    // Not for another change either.
    fleet.want("v3");
    fleet.reconcile();
    fleet.publish("a");
    fleet.reconcile();
    expect(fleet.annotation).toBe(annotation);
    expect(fleet.values()).toBe("a=v3 b=v2 c=v1 d=v1");
  });

  it("begins a wave only in its window", () => {
    const window = { schedule: "0 22 * * *", duration: "2h", timeZone: "Europe/Berlin" };
    const fleet = published();
    fleet.steps = [{ count: 1 }, { count: 1, window }, { percent: 100 }];
    fleet.want("v2");
    fleet.reconcile();
    fleet.publish("a");
    // 22:00 in Berlin is 21:00 in winter.
    expect(fleet.reconcile().checkAfterMs).toBe(21 * HOUR);
    expect(fleet.status).toMatchObject({
      state: "WaitingForWindow",
      message: expect.stringContaining("2026-01-01T21"),
    });
    fleet.now += 23 * HOUR;
    fleet.reconcile();
    expect(fleet.status?.state).toBe("WaitingForWindow");
    fleet.now += 23 * HOUR - 1000;
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v1 d=v1");
  });

  it("stops at more failures than a step allows, until they are mended or accepted", () => {
    const fleet = published([{ count: 2, maxFailurePercent: 50 }, { count: 1 }, { percent: 100 }]);
    fleet.want("v2");
    fleet.reconcile();
    fleet.fail("a", "b");
    fleet.reconcile();
    expect(fleet.status).toMatchObject({ state: "Stopped", failed: ["a", "b"] });
    fleet.publish("a");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v2 d=v1");
    fleet.fail("c");
    fleet.reconcile();
    fleet.decide("resume");
    // One more than was accepted.
    fleet.fail("a");
    fleet.reconcile();
    expect(fleet.valueOf("d")).toBe("v1");
    fleet.decide("resume");
    fleet.reconcile();
    expect(fleet.valueOf("d")).toBe("v2");
  });

  it("counts targets that the API server refuses as failed, and goes on as far as that is allowed", () => {
    const fleet = published([{ count: 2, maxFailures: 1 }, { count: 1 }, { percent: 100 }]);
    const refused = fleet.members.get("a");
    if (refused !== undefined) refused.isRefused = true;
    fleet.want("v2");
    fleet.reconcile();
    fleet.publish("b");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v2 c=v2 d=v1");
  });

  it("aborts until somebody resumes or the set changes, also after the annotation is gone", () => {
    const fleet = published();
    fleet.want("v2");
    fleet.reconcile();
    fleet.decide("abort");
    fleet.publish("a");
    fleet.reconcile();
    fleet.annotation = undefined;
    fleet.add("e");
    fleet.edit("a", "v9");
    fleet.reconcile();
    fleet.reconcile();
    expect(fleet.status?.state).toBe("Aborted");
    expect(fleet.values()).toBe("a=v2 b=v1 c=v1 d=v1");
    fleet.publish("a");
    fleet.decide("resume");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v1 d=v1");
    fleet.decide("abort");
    fleet.reconcile();
    fleet.want("v3");
    fleet.reconcile();
    expect(fleet.status?.state).toBe("Progressing");
    expect(fleet.values()).toBe("a=v3 b=v2 c=v1 d=v1");
  });

  it("rolls back what went out to what was published before, and only that", () => {
    const fleet = published();
    fleet.want("v2");
    fleet.reconcile();
    // Never published: nobody wants it back.
    fleet.want("v3");
    fleet.reconcile();
    fleet.publish("a");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v3 b=v3 c=v1 d=v1");
    fleet.decide("rollback");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1");
    fleet.publish("a");
    fleet.annotation = undefined;
    fleet.add("e");
    fleet.edit("b", "v9");
    fleet.reconcile();
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1");
    expect(fleet.status).toMatchObject({ state: "RolledBack", progress: "1/2 rolled back, wave 2 of 3" });
    // Going on begins again, with the first wave.
    fleet.publish("b");
    fleet.decide("resume");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v3 b=v1 c=v1 d=v1");
    fleet.publish("a");
    fleet.reconcile();
    fleet.decide("rollback");
    fleet.reconcile();
    fleet.want("v4");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v4 b=v1 c=v1 d=v1");
  });

  it("rolls a complete rollout back, and leaves targets that were new in it", () => {
    const fleet = published();
    fleet.want("v2");
    fleet.add("e", {}, "v2");
    for (let wave = 0; wave < 3; wave++) {
      fleet.reconcile();
      fleet.publish("a", "b", "c", "d", "e");
    }
    fleet.reconcile();
    fleet.decide("rollback");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1 e=v2");
  });

  it("does not go on by itself when the status is lost", () => {
    const fleet = published([{ count: 1, pause: {} }, { percent: 100 }]);
    fleet.want("v2");
    fleet.reconcile();
    fleet.publish("a");
    fleet.reconcile();
    fleet.status = undefined;
    fleet.reconcile();
    expect(fleet.status).toMatchObject({ state: "Paused", wave: 1 });
    fleet.decide("rollback");
    fleet.status = undefined;
    fleet.reconcile();
    expect(fleet.status).toMatchObject({ state: "RolledBack" });
    expect(fleet.values()).toBe("a=v2 b=v1 c=v1 d=v1");
  });

  it("begins anew when other steps would let more out, and not for targets that are done", () => {
    const fleet = published([{ count: 1 }, { count: 1, pause: {} }, { percent: 100 }]);
    fleet.want("v2");
    fleet.reconcile();
    fleet.publish("a");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v1 d=v1");
    fleet.steps = [{ count: 1, pause: {} }, { percent: 100 }];
    fleet.now += 1000;
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v2 c=v1 d=v1");
    expect(fleet.status).toMatchObject({ state: "Paused", wave: 1 });
    fleet.decide("rollback");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1");
    const done = published();
    done.steps = [{ count: 1, pause: {} }, { count: 1 }, { count: 1 }, { count: 1 }, { percent: 100 }];
    done.reconcile();
    expect(done.status).toMatchObject({ state: "Completed", wave: 5, waves: 5 });
  });

  it("takes back what it had reached before it begins again, and waits for a window", () => {
    const window = { schedule: "*/10 * * * *", duration: "5m" };
    const fleet = published();
    fleet.steps = [{ count: 1, window }, { percent: 100 }];
    fleet.want("v2");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v1 c=v1 d=v1");
    fleet.now += 300_000;
    fleet.steps = [{ count: 2, window }, { percent: 100 }];
    fleet.reconcile();
    expect(fleet.status).toMatchObject({ state: "WaitingForWindow", wave: 0 });
    fleet.steps = [{ count: 3, window }, { percent: 100 }];
    fleet.reconcile();
    fleet.decide("rollback");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v1 d=v1");
  });

  it("binds variants that follow their upstream to what they have, until their wave comes", () => {
    const fleet = published();
    const variant = fleet.variants.get("d");
    if (variant === undefined) throw new Error("d is gone");
    const { upstream } = variant.spec;
    const spec = { ...variant.spec, upstream: { ...upstream, revision: "latest" } };
    const status = { observedGeneration: 1, ...variant.status, upstreamRevision: "v1" };
    fleet.variants.set("d", { ...variant, spec, status, metadata: { ...variant.metadata, annotations: {} } });
    fleet.want("v2");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v2 b=v1 c=v1 d=v1");
  });
});
