import { describe, expect, it } from "vitest";
import { isVariableName, readSyntax } from "./cel.ts";

describe("readSyntax", () => {
  it.each([
    ["input.context[0].data.name", [["input", "context"]]],
    ['input["my-context"][0].data', [["input", "my-context"]]],
    ["a.b.c + d[0] + e", [["a", "b", "c"], ["d"], ["e"]]],
    [
      "input.context.map(c, c.data[input.key[0].x])",
      [
        ["input", "context"],
        ["input", "key"],
      ],
    ],
    ["a[b.c[0]].d", [["a"], ["b", "c"]]],
    ["cel.bind(x, input.a[0], x + y)", [["input", "a"], ["y"]]],
    ["has(input.a.b) ? 'input.c' : 'd'", [["input", "a", "b"]]],
    ["'input.a'", []],
  ])("finds what %s takes from outside", (expression, expected) => {
    const paths = readSyntax(expression).paths.filter(({ names }) => names[0] !== "cel");
    expect(paths.map(({ names }) => names)).toEqual(expected);
  });

  it("tells an index after a path", () => {
    const indexed = readSyntax("a.b[0] + c.d + e['f'][g] + h[0].i").paths.filter(({ isIndexed }) => isIndexed);
    expect(indexed.map(({ names }) => names.join("."))).toEqual(["a.b", "e.f", "h"]);
  });

  it("tells what an expression is", () => {
    expect(["a.b()", "a", "1 + 2"].map((one) => readSyntax(one).operation)).toEqual(["rcall", "id", "+"]);
  });
});

describe("isVariableName", () => {
  it("refuses names that CEL has, and what is no name", () => {
    const names = [
      "kubernetes_manifest",
      "input",
      "string",
      "list",
      "google",
      "cel",
      "in",
      "true",
      "__proto__",
      "a-b",
      "",
    ];
    expect(names.filter(isVariableName)).toEqual(["kubernetes_manifest", "input"]);
  });
});
