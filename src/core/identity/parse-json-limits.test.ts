import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

describe("parseJson", () => {
  it("takes the last of several equal keys, however they are written", () => {
    expect(parseJson('{"a":1,"\\u0061":2,"a":3}')).toEqual({ a: 3 });
  });

  it("refuses an invalid escape in a member that a later one replaces", () => {
    expect(() => parseJson('{"x":{"\\q":1},"x":2}')).toThrow(SyntaxError);
  });

  it("is not quadratic in the number of strings with escapes", () => {
    const time = (count: number) => {
      const text = JSON.stringify({ "ä€": Array.from({ length: count }, () => "\n") });
      const tries = Array.from({ length: 3 }, () => {
        const before = performance.now();
        parseJson(text);
        return performance.now() - before;
      });
      return Math.min(...tries);
    };
    const [small, large] = [time(20_000), time(160_000)];
    expect(large / small).toBeLessThan(30);
  });
});
