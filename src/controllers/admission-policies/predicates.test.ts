import { describe, expect, it } from "vitest";
import { wasInterrupted } from "./predicates.ts";

const policy = (uid: string, generation: number, failurePolicy: string) => ({
  metadata: { name: "p", uid, generation },
  spec: { failurePolicy },
});

describe("wasInterrupted", () => {
  it.each([
    ["a new object", policy("1", 1, "Fail"), undefined, false],
    ["a deleted one", undefined, policy("1", 1, "Fail"), false],
    ["the same object", policy("1", 1, "Fail"), policy("1", 1, "Fail"), false],
    ["a change", policy("1", 2, "Ignore"), policy("1", 1, "Fail"), false],
    ["a change that was reverted", policy("1", 3, "Fail"), policy("1", 1, "Fail"), true],
    ["an object that was created again", policy("2", 1, "Fail"), policy("1", 1, "Fail"), true],
  ])("for %s", (_, next, previous, expected) => {
    expect(wasInterrupted(next, previous)).toBe(expected);
  });
});
