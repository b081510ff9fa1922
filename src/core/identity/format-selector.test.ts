import { describe, expect, it } from "vitest";
import { formatSelector } from "./format-selector.ts";

describe("formatSelector", () => {
  it.each([
    [{}, ""],
    [{ matchLabels: { a: "1", "example.com/b": "" } }, "a=1,example.com/b="],
    [{ matchExpressions: [{ key: "a", operator: "In", values: ["1", "2"] }] }, "a in (1,2)"],
    [
      { matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "NotIn", values: ["2"] }] },
      "a=1,b notin (2)",
    ],
    [
      {
        matchExpressions: [
          { key: "a", operator: "Exists" },
          { key: "b", operator: "DoesNotExist" },
        ],
      },
      "a,!b",
    ],
  ] as const)("writes %j as %j", (selector, text) => {
    expect(formatSelector(selector)).toBe(text);
  });
});
