import { describe, expect, it } from "vitest";
import { Fleet, publishedFleet } from "./testing/fleet.ts";

describe("planRolloutInSteps > waves", () => {
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
    const fleet = publishedFleet();
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
    const fleet = publishedFleet([{ count: 1, pause: {} }, { count: 1, pause: {} }, { percent: 100 }]);
    fleet.want("v2", ["c"]);
    fleet.reconcile();
    expect(fleet.values()).toBe("a=v1 b=v1 c=v2 d=v1");
    expect(fleet.status).toMatchObject({ wave: 3, firstWave: 3 });
  });

  it("gives new targets what is out in their wave, and makes no others wait", () => {
    const fleet = publishedFleet([{ selector: { matchLabels: { canary: "yes" } }, pause: {} }, { percent: 100 }]);
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

  it("begins anew when other steps would let more out, and not for targets that are done", () => {
    const fleet = publishedFleet([{ count: 1 }, { count: 1, pause: {} }, { percent: 100 }]);
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
    const done = publishedFleet();
    done.steps = [{ count: 1, pause: {} }, { count: 1 }, { count: 1 }, { count: 1 }, { percent: 100 }];
    done.reconcile();
    expect(done.status).toMatchObject({ state: "Completed", wave: 5, waves: 5 });
  });

  it("binds variants that follow their upstream to what they have, until their wave comes", () => {
    const fleet = publishedFleet();
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
