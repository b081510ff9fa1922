import { describe, expect, it } from "vitest";
import { type SignatureState, verificationProblem } from "./verification.ts";

const operator: SignatureState = { kind: "operator" };
const listed: SignatureState = { kind: "listed" };
const not: SignatureState = { kind: "not", problem: "is not signed" };

describe("verificationProblem", () => {
  it.each([
    ["Tag", { tag: operator, commit: not }, undefined],
    ["Tag", { tag: listed, commit: not }, undefined],
    ["Tag", { tag: not, commit: listed }, "the tag is not signed"],
    ["Tag", { commit: listed }, "the tag is not annotated, and so has no signature of its own"],
    ["TagOrHEAD", { tag: operator, commit: operator }, undefined],
    ["TagOrHEAD", { tag: listed, commit: not }, undefined],
    // A tag that anybody put on a signed commit.
    ["TagOrHEAD", { tag: not, commit: listed }, "the tag is not signed"],
    ["TagOrHEAD", { commit: listed }, undefined],
    ["TagOrHEAD", { commit: not }, "the tag is not annotated, and its commit is not signed"],
    // A draft that nobody has approved has signed commits of the operator.
    [
      "TagOrHEAD",
      { commit: operator },
      "the tag is not annotated, and its commit is one of the operator, which also signs drafts",
    ],
    ["TagAndHEAD", { tag: operator, commit: operator }, undefined],
    ["TagAndHEAD", { tag: listed, commit: listed }, undefined],
    ["TagAndHEAD", { tag: listed, commit: operator }, undefined],
    ["TagAndHEAD", { tag: listed, commit: not }, "the tagged commit is not signed"],
    ["TagAndHEAD", { tag: not, commit: listed }, "the tag is not signed"],
    ["TagAndHEAD", { commit: listed }, "the tag is not annotated, and so has no signature of its own"],
  ] as const)("%s with %j: %s", (mode, signatures, problem) => {
    expect(verificationProblem(mode, signatures)).toBe(problem);
  });
});
