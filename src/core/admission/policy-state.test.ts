import { describe, expect, it } from "vitest";
import { policiesBlocker } from "../revision/preconditions/policies.ts";
import { ENFORCED } from "./policy-state.ts";

const finding = (name: string) => ({ kind: "ValidatingAdmissionPolicy", name, problem: "is not installed" });

describe("policiesBlocker", () => {
  it("blocks nothing while the policies are enforced", () => {
    expect(policiesBlocker({ policies: ENFORCED })).toBeUndefined();
  });

  it("names what is missing, and the command that mends it", () => {
    const blocker = policiesBlocker({ policies: { kind: "missing", findings: [finding("a"), finding("b")] } });
    expect(blocker).toMatchObject({ reason: "PoliciesMissing", kind: "stalled" });
    expect(blocker?.message).toContain(
      "ValidatingAdmissionPolicy a is not installed; ValidatingAdmissionPolicy b is not installed; " +
        "to mend it, run `make install`",
    );
  });

  it("counts what it does not name", () => {
    const findings = ["a", "b", "c", "d", "e", "f", "g"].map(finding);
    const { message = "" } = policiesBlocker({ policies: { kind: "missing", findings } }) ?? {};
    expect(message).toContain("ValidatingAdmissionPolicy e is not installed; and 2 more; to mend it");
  });

  it("waits without a person's help while they are not known, and while the API server begins to enforce them", () => {
    const unknown = policiesBlocker({ policies: { kind: "unknown", message: "no answer" } });
    expect(unknown).toMatchObject({ reason: "PoliciesMissing", kind: "waiting" });
    expect(unknown?.message).toContain("it is not known whether the admission policies are enforced: no answer");
    const settling = policiesBlocker({ policies: { kind: "missing", findings: [], settling: true } });
    expect(settling).toMatchObject({ reason: "PoliciesMissing", kind: "waiting" });
    expect(settling?.message).toMatch(/for a few seconds: .* the API server begins to enforce them$/);
  });
});
