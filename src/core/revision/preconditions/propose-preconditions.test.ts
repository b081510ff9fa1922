import { describe, expect, it } from "vitest";
import { aRevision, observed } from "../../testing/observed.ts";
import { proposeBlocker } from "./propose-preconditions.ts";

const observation = (lifecycle: "proposed" | "published" | "deletionProposed", gates: readonly string[] = []) =>
  observed(
    aRevision({
      spec: { lifecycle, readinessGates: gates.map((conditionType) => ({ conditionType })) },
      status: { lifecycle: "draft", contentDigest: "d1" },
    }),
  );

describe("proposeBlocker", () => {
  it("waits for an open gate, and for nothing else", () => {
    expect(proposeBlocker(observation("proposed", ["a"]))).toMatchObject({
      reason: "WaitingForGate",
      message: expect.stringContaining("before this is proposed"),
    });
    expect(proposeBlocker(observation("proposed"))).toBeUndefined();
  });

  it("stalls a draft with a number that loses digits, whatever its gates", () => {
    const { object } = observation("proposed", ["a"]);
    const inputs = [{ apiVersion: "v1", kind: "Limit", spec: { bytes: 2 ** 53 } }];
    expect(proposeBlocker(observed({ ...object, spec: { ...object.spec, inputs } }))).toEqual({
      reason: "InexactNumber",
      kind: "stalled",
      message:
        "spec.inputs[0].spec.bytes is a number beyond 9007199254740991 (2^53 - 1), and its last digits cannot be " +
        "recorded: write it as a string, in quotes",
    });
  });

  it.each(["published", "deletionProposed"] as const)("stalls a draft whose desired lifecycle is %s", (lifecycle) => {
    expect(proposeBlocker(observation(lifecycle))).toMatchObject({ reason: "NotProposed", kind: "stalled" });
  });
});
