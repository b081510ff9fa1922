import { describe, expect, it } from "vitest";
import { compilePattern, InvalidPattern, meteredPattern, sizeOf } from "./regexp.ts";

const large = (at: number) => `${"[ab]{1000}".repeat(90)}${at}`;

describe("compilePattern", () => {
  it("keeps the patterns that were used last, as far as they are not large together", () => {
    const first = compilePattern(large(0));
    expect(compilePattern(large(0))).toBe(first);
    for (let at = 1; at < 5; at++) compilePattern(large(at));
    compilePattern(large(0));
    for (let at = 5; at < 8; at++) compilePattern(large(at));
    expect([0, 1, 2, 3, 7].map((at) => sizeOf(large(at)) > 0)).toEqual([true, false, false, false, true]);
  });

  it("keeps a hundred small ones, and none that is invalid", () => {
    for (let at = 0; at < 150; at++) compilePattern(`a${at}`);
    expect([0, 49, 51, 149].map((at) => sizeOf(`a${at}`) > 0)).toEqual([false, false, true, true]);
    expect(() => compilePattern("(")).toThrow(InvalidPattern);
    expect(sizeOf("(")).toBe(0);
  });
});

describe("meteredPattern", () => {
  it("counts the compilation, known or not, and each search before it begins", () => {
    for (const _ of ["new", "known"]) {
      const steps: number[] = [];
      const search = meteredPattern("^(a|b)+$", (one) => void steps.push(one));
      expect(search("ab".repeat(50)).find()).toBe(true);
      const size = compilePattern("^(a|b)+$").programSize();
      expect(steps).toEqual([30 * size, 101 * size]);
    }
  });
});
