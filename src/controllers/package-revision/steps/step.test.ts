import { describe, expect, it } from "vitest";
import { StepEnv } from "../testing/step-env.ts";
import { readinessOfBlocker, reconcileAgain, resultWithBlocker, type StepResult, stepFor } from "./step.ts";

const READY = { state: "ready", reason: "Draft", message: "branch dns/one" } as const;
const BLOCKER = { reason: "WaitingForGate", message: "not yet", kind: "waiting" } as const;

describe("resultWithBlocker", () => {
  it("clears waitingFor and is ready without a blocker", () => {
    const result = resultWithBlocker(undefined, { files: 1, waitingFor: ["old"] }, READY);
    expect(result).toStrictEqual({ status: { files: 1, waitingFor: undefined }, readiness: READY });
  });

  it("keeps the status fields, and reports the blocker's reason in waitingFor and readiness", () => {
    expect(resultWithBlocker(BLOCKER, { files: 1 }, READY)).toStrictEqual({
      status: { files: 1, waitingFor: ["WaitingForGate"] },
      readiness: { state: "reconciling", reason: "WaitingForGate", message: "not yet" },
    });
  });
});

describe("readinessOfBlocker", () => {
  it("is stalled only if a user must act", () => {
    expect(readinessOfBlocker(BLOCKER).state).toBe("reconciling");
    expect(readinessOfBlocker({ ...BLOCKER, kind: "stalled" }).state).toBe("stalled");
  });
});

describe("reconcileAgain", () => {
  it("changes no status field, and requests another reconcile at once", () => {
    expect(reconcileAgain()).toMatchObject({ status: {}, readiness: { state: "reconciling" }, again: true });
  });
});

describe("stepFor", () => {
  it("runs for plans of its kind, and for no others", async () => {
    const env = await StepEnv.open();
    const { scope, plan } = await env.plan(env.create("dns"), "createDraft");
    const result: StepResult = { status: {}, readiness: READY };
    const step = stepFor("createDraft", async (given, { origin }) => {
      expect([given, origin]).toEqual([scope, { kind: "empty" }]);
      return result;
    });
    expect(step.name).toBe("createDraft");
    expect(await step.run(scope, plan)).toBe(result);
    expect(await step.run(scope, { kind: "wait" })).toBeUndefined();
  });
});
