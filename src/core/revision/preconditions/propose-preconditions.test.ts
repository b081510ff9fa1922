import { describe, expect, it } from "vitest";
import { aRevision, condition, observed } from "../../testing/observed.ts";
import { openGates, proposeBlocker } from "./propose-preconditions.ts";

type Conditions = readonly ReturnType<typeof condition>[];
const observation = (
  gates: readonly string[],
  conditions: Conditions = [],
  lifecycle: "proposed" | "published" | "deletionProposed" = "proposed",
) =>
  observed(
    aRevision({
      spec: { lifecycle, readinessGates: gates.map((conditionType) => ({ conditionType })) },
      status: { lifecycle: "draft", conditions: [...conditions] },
    }),
  );

describe("proposeBlocker", () => {
  it.each<[string, readonly string[], Conditions, readonly string[]]>([
    ["no gate", [], [], []],
    ["a gate that is True", ["a"], [condition("a", "True")], []],
    ["a gate without a condition", ["a"], [], ["a"]],
    ["gates that are not True", ["a", "b"], [condition("a", "False"), condition("b", "Unknown")], ["a", "b"]],
    ["gates in their own order", ["b", "a"], [], ["b", "a"]],
    ["gates of later steps", ["pkg.pkgserver.dev/approve", "pkg.pkgserver.dev/install"], [], []],
    ["gates of the operator that block proposing", ["pkg.pkgserver.dev/policy"], [], ["pkg.pkgserver.dev/policy"]],
  ])("with %s", (_, gates, conditions, open) => {
    expect(openGates(observation(gates, conditions))).toEqual(open);
    expect(proposeBlocker(observation(gates, conditions))?.reason).toBe(open.length > 0 ? "WaitingForGate" : undefined);
  });

  it("waits for the first open gate, with the state of its condition", () => {
    expect(proposeBlocker(observation(["a", "b"], [condition("a", "False", "TooBig", "3 files")]))).toEqual({
      reason: "WaitingForGate",
      message: "the readiness gate a must be True before this is proposed; the condition is False (TooBig): 3 files",
      kind: "waiting",
    });
    expect(proposeBlocker(observation(["a"]))?.message).toContain("the condition is not set");
  });

  it.each(["published", "deletionProposed"] as const)("stalls a draft whose desired lifecycle is %s", (lifecycle) => {
    expect(proposeBlocker(observation([], [], lifecycle))).toMatchObject({ reason: "NotProposed", kind: "stalled" });
  });
});
