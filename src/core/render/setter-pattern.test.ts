import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillPattern, onlySetterOf, patternOf, readValues, settersOf } from "./setter-pattern.ts";

const of = (name: string) => `$${"{"}${name}}`;

describe("patternOf", () => {
  it.each([
    [` kpt-set: ${of("a")}`, of("a")],
    [` kpt-set:  ${of("a")}-b \n more`, `${of("a")}-b`],
    [`kpt-set: ${of("a")}`, undefined],
    [" kpt-set: ", undefined],
    [" other", undefined],
    [null, undefined],
  ])("%j: %j", (comment, expected) => expect(patternOf(comment)).toBe(expected));
});

describe("the setters of a pattern", () => {
  it("are listed in their order", () => expect(settersOf(`${of("a")}:${of("b")}-${of("a")}`)).toEqual(["a", "b", "a"]));

  it("may be one and nothing else", () => {
    expect([onlySetterOf(of("a")), onlySetterOf(`${of("a")}b`), onlySetterOf(of("a") + of("b"))]).toEqual([
      "a",
      undefined,
      undefined,
    ]);
  });

  it("are replaced at once", () => {
    const values = new Map([
      ["a", of("b")],
      ["b", "x"],
    ]);
    expect(fillPattern(`${of("a")}-${of("b")}-${of("c")}`, values)).toBe(`${of("b")}-x-${of("c")}`);
  });
});

describe("readValues", () => {
  it.each([
    [`${of("image")}:${of("tag")}`, "nginx:1.2", { image: "nginx", tag: "1.2" }],
    [`${of("image")}:${of("tag")}`, "host:5000/nginx:1.2", { image: "host:5000/nginx", tag: "1.2" }],
    [`app.${of("stage")}.${of("domain")}.com`, "app.dev.example.com", { stage: "dev", domain: "example" }],
    [`app-${of("a")}`, "my-app-x", { a: "x" }],
    [of("a"), "x", { a: "x" }],
    [`${of("a")}:${of("b")}`, "nginx", {}],
    [`${of("a")}:${of("b")}`, "nginx:", {}],
    [of("a"), "", {}],
    [of("a"), "x\ny", {}],
    ["x", "x", {}],
  ])("%j in %j: %j", (pattern, text, expected) => {
    expect(Object.fromEntries(readValues(pattern, text))).toEqual(expected);
  });

  it("finds what kpt's regular expression finds", () => {
    const literal = fc.stringMatching(/^[.:-]{0,2}$/);
    const literals = fc.array(literal, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(literals, fc.stringMatching(/^[a.:-]{0,10}$/), (literals, text) => {
        const pattern = literals
          .slice(1)
          .reduce((joined, one, at) => `${joined}${of(String(at))}${one}`, literals[0] ?? "");
        const groups = new RegExp(literals.map((one) => one.replaceAll(/[.]/g, "\\$&")).join("(.*)"))
          .exec(text)
          ?.slice(1);
        const wanted = groups === undefined || groups.includes("") ? [] : groups.map((one, at) => [String(at), one]);
        expect([...readValues(pattern, text)]).toEqual(wanted);
      }),
      { numRuns: 3000 },
    );
  });
});
