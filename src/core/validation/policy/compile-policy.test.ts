import { describe, expect, it } from "vitest";
import type { Policy } from "../../../api/v1alpha1/repository-policies.ts";
import { compilePolicies } from "./compile-policy.ts";

const problemsOf = (policy: Partial<Policy>) =>
  compilePolicies([{ name: "p", expression: "true", ...policy }]).problems.map(({ message }) => message);

describe("compilePolicies", () => {
  it.each([
    ["a name that is not declared", "objet.a", ":1:1: Unknown variable: objet"],
    ["an end that is missing", "object.spec.", ":1:13: Expected IDENTIFIER, got EOF"],
    ["a function that does not exist", "object.kind == 'A' ||\n  nope(1)", ":2:3: there is no function nope()"],
    ["a result that is no boolean", "1 + 2", ":1:1: gives a value of type int, and must give bool"],
    ["a variable that is not declared", "true && variables.x", ":1:9: no variable before it is called x"],
  ])("says where an expression has %s", (_, expression, message) => {
    expect(problemsOf({ expression })).toEqual([`policy p: expression${message}`]);
  });

  it.each([
    ["a variable", { variables: [{ name: "a", expression: "1 +" }] }, "variables[0].expression:1:4: "],
    [
      "a variable that uses a later one",
      {
        variables: [
          { name: "a", expression: "variables.b" },
          { name: "b", expression: "1" },
        ],
      },
      "variables[0].expression:1:1: no variable before it is called b",
    ],
    ["a message", { messageExpression: "1" }, "messageExpression:1:1: gives a value of type int, and must give string"],
    ["a field", { fieldPath: "spec.x" }, 'fieldPath: "spec.x" is no path such as .spec.replicas'],
    ["params", { params: { a: "x".repeat(20_000) } }, "params: have more than 16384 characters of JSON"],
  ])("checks %s as well", (_, policy: Partial<Policy>, message) => {
    expect(problemsOf(policy)).toEqual([expect.stringContaining(`policy p: ${message}`)]);
  });

  it("keeps the others, and says of which policy a problem is", () => {
    const { compiled, problems } = compilePolicies([
      { name: "good", expression: "true", variables: [{ name: "a", expression: "object.a" }] },
      { name: "bad", expression: "+", severity: "warning" },
    ]);
    expect(compiled.map(({ policy }) => policy.name)).toEqual(["good"]);
    expect(problems).toEqual([
      { policy: "bad", severity: "warning", message: expect.stringContaining("policy bad: expression:1:1: ") },
    ]);
  });

  it("keeps no policy of which a part cannot be used", () => {
    const parts: readonly Partial<Policy>[] = [
      { variables: [{ name: "a", expression: "nope" }] },
      { messageExpression: "1" },
      { fieldPath: "x" },
      { params: { a: "x".repeat(20_000) } },
    ];
    for (const part of parts) {
      expect(compilePolicies([{ name: "p", expression: "true", ...part }]).compiled).toEqual([]);
    }
  });

  it("makes variables known to those after them, and lets all of them be compared", () => {
    const variables = [
      { name: "a", expression: "object.a" },
      { name: "b", expression: "variables.a + 1" },
    ];
    const { compiled, problems } = compilePolicies([{ name: "p", expression: "size(variables) > 0", variables }]);
    expect(problems).toEqual([]);
    expect(compiled[0]?.variables.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("takes errors of policies that warn for warnings", () => {
    const long = { expression: "x", variables: [{ name: "a", expression: "x".repeat(70_000) }] };
    const both = [
      { name: "a", severity: "warning" as const, ...long },
      { name: "b", ...long },
    ];
    expect(compilePolicies(both).problems.map(({ severity }) => severity)).toEqual(["warning", "error"]);
    const wrong = both.map((one) => ({ ...one, variables: [], expression: "+" }));
    expect(compilePolicies(wrong).problems.map(({ severity }) => severity)).toEqual(["warning", "error"]);
  });

  it("takes no more than a bounded number of characters, in a bounded time", () => {
    const expression = `1${"+1".repeat(990)} == 1`;
    const variables = Array.from({ length: 15 }, (_, index) => ({ name: `v${index}`, expression }));
    const policies = ["a", "b", "c", "d"].map((name) => ({ name, expression, variables }));
    const started = performance.now();
    const { compiled, problems } = compilePolicies(policies);
    expect(compiled.map(({ policy }) => policy.name)).toEqual(["a", "b"]);
    const message = "the expressions up to this one have more than 65536 characters";
    expect(problems.map((one) => one.message)).toEqual([`policy c: ${message}`, `policy d: ${message}`]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
