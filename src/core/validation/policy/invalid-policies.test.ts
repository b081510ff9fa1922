import { describe, expect, it } from "vitest";
import { describeInvalidPolicies } from "./invalid-policies.ts";

describe("describeInvalidPolicies", () => {
  it("finds nothing wrong with none, and with policies that can be evaluated", () => {
    expect(describeInvalidPolicies(undefined)).toBeUndefined();
    expect(describeInvalidPolicies([{ name: "a", expression: "object.kind == 'Pod'" }])).toBeUndefined();
  });

  it("names the first problems, and counts the others", () => {
    const policies = ["a", "b", "c", "d", "e"].map((name) => ({ name, expression: "objet" }));
    const wrong = (name: string) => `policy ${name}: expression:1:1: Unknown variable: objet`;
    expect(describeInvalidPolicies(policies)).toBe(
      `${wrong("a")}; ${wrong("b")}; ${wrong("c")}; and 2 more: correct spec.policies`,
    );
    expect(describeInvalidPolicies(policies)).toBe(describeInvalidPolicies([...policies]));
  });
});
