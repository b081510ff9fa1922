import { describe, expect, it } from "vitest";
import { publishedFleet } from "./testing/fleet.ts";

describe("planRolloutInSteps > decisions of a person", () => {
  it("aborts until somebody resumes or the set changes, also after the annotation is gone", () => {
    const fleet = publishedFleet();
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
    const fleet = publishedFleet();
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
    const fleet = publishedFleet();
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
    const fleet = publishedFleet([{ count: 1, pause: {} }, { percent: 100 }]);
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

  it("takes back what it had reached before it begins again, and waits for a window", () => {
    const window = { schedule: "*/10 * * * *", duration: "5m" };
    const fleet = publishedFleet();
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
});
