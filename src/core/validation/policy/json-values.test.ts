import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonValues } from "./json-values.ts";

describe("jsonValues", () => {
  it("gives the objects of any text of several", () => {
    const space = fc.constantFrom("", " ", "\n\t");
    const object = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((value) => JSON.parse(JSON.stringify(value)) as object);
    fc.assert(
      fc.property(fc.array(fc.tuple(object, space)), (all) => {
        const text = all.map(([value, after]) => `${JSON.stringify(value)}${after}`).join("");
        expect(jsonValues(text)).toEqual(all.map(([value]) => value));
      }),
    );
  });

  it.each([
    ["", 0],
    ["[{}]", 0],
    ["a: {}", 0],
    ['{"a": 1} {"a": "}', 1],
    ['{"a": 1} b {"a": 1}', 1],
    ["{a: 1}", 0],
    ['{"a": "\\"}{"} {}', 2],
  ])("ends at what is no object: %j", (text, count) => expect(jsonValues(text)).toHaveLength(count));

  it("takes linear time", () => {
    const started = performance.now();
    jsonValues("{}".repeat(200_000));
    jsonValues("{".repeat(1_000_000));
    jsonValues(`{${'\\"'.repeat(500_000)}`);
    jsonValues(`{"${'\\"'.repeat(500_000)}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
