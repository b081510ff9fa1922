import { describe, expect, it } from "vitest";
import { Fleet, publishedFleet } from "./testing/fleet.ts";

const HOUR = 3_600_000;

describe("planRolloutInSteps > what it waits for", () => {
  it("pauses for a while or until somebody resumes, and begins the pause anew if something fails meanwhile", () => {
    const fleet = publishedFleet([{ count: 1, pause: { duration: "1h" } }, { count: 1, pause: {} }, { percent: 100 }]);
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
    const fleet = publishedFleet();
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
    const fleet = publishedFleet([{ count: 1, pause: {} }, { count: 1, pause: {} }, { percent: 100 }]);
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
    const fleet = publishedFleet();
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
    const fleet = publishedFleet([{ count: 2, maxFailurePercent: 50 }, { count: 1 }, { percent: 100 }]);
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
    const fleet = publishedFleet([{ count: 2, maxFailures: 1 }, { count: 1 }, { percent: 100 }]);
    const refused = fleet.members.get("a");
    if (refused !== undefined) refused.isRefused = true;
    fleet.want("v2");
    fleet.reconcile();
    fleet.publish("b");
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v2 c=v2 d=v1");
  });
});
