import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cel, readSyntax } from "./cel.ts";
import { CelError } from "./cel-error.ts";
import { CostBudget } from "./cost-budget.ts";
import { NotPlain, toCel, toPlain } from "./values.ts";

const cel = new Cel({ a: "dyn", b: "dyn", m: "map" });

const json = fc.jsonValue({ maxDepth: 4 });
const token = fc.constantFrom(
  ...["a", "b", "m", "x", "1", "1.5", "'t'", '"u"', "true", "null", "b'x'", "r'\\d'", "0x1F", "1u"],
  ...[
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "in",
    "&&",
    "||",
    "!",
    "?",
    ":",
    ".",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
  ],
  ...[
    "has(",
    "size(",
    ".map(x, ",
    ".all(x, ",
    ".filter(x, ",
    ".matches(",
    ".concat(",
    ".join(",
    "cel.bind(x, ",
    "type(",
  ],
  ...[
    "string(",
    "int(",
    "double(",
    "duration(",
    "timestamp(",
    ".split(",
    ".replace(",
    ".sort()",
    ".constructor",
    ".__proto__",
  ],
);
const soup = fc.array(token, { maxLength: 14 }).map((tokens) => tokens.join(""));
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const sub = tie("expression");
  return {
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("a", "b", "m", "x", "1", "2.5", "'s'", "true", "null", "[]", "{}", "m.k", "a[0]"),
      fc
        .tuple(sub, fc.constantFrom("+", "==", "<", "&&", "||", "in", "*", "/"), sub)
        .map((all) => `(${all.join(" ")})`),
      fc.tuple(sub, sub, sub).map(([one, two, three]) => `(${one} ? ${two} : ${three})`),
      fc.tuple(sub, fc.constantFrom("map", "filter", "all", "exists", "exists_one"), sub).map((all) => {
        return `${all[0]}.${all[1]}(x, ${all[2]})`;
      }),
      fc
        .tuple(fc.constantFrom("size", "string", "int", "double", "type", "bool"), sub)
        .map((all) => `${all[0]}(${all[1]})`),
      fc
        .tuple(sub, fc.constantFrom("sort", "sum", "max", "flatten", "reverse", "distinct"), fc.constant("()"))
        .map((all) => {
          return `${all[0]}.${all[1]}${all[2]}`;
        }),
      fc
        .tuple(sub, fc.constantFrom("concat", "matches", "split", "contains", "listsconcat", "join"), sub)
        .map((all) => {
          return `${all[0]}.${all[1]}(${all[2]})`;
        }),
      fc.array(sub, { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      fc.tuple(sub, sub).map(([bound, used]) => `cel.bind(x, ${bound}, ${used})`),
    ),
  };
});

/** What an expression gives; the reason if it gives nothing. */
function attempt(source: string, values: readonly [unknown, unknown, object], limit: number): unknown {
  const [a, b, m] = values;
  try {
    const named = new Map([
      ["a", toCel(a)],
      ["b", toCel(b)],
      ["m", toCel(m)],
    ]);
    return toPlain(cel.compile(source).evaluate(named, new CostBudget(limit)));
  } catch (error) {
    if (error instanceof CelError) return { kind: error.kind, message: error.message };
    if (error instanceof NotPlain) return error.message;
    throw error;
  }
}

const values = fc.tuple(json, json, fc.dictionary(fc.constantFrom("k", "__proto__", "constructor", "a"), json));

describe("any expression", () => {
  it("has a value or a CelError, for any data, and the same each time", () => {
    fc.assert(
      fc.property(fc.oneof(expression, soup, fc.string()), values, (source, data) => {
        const first = attempt(source, data, 20_000);
        expect(attempt(source, data, 20_000)).toEqual(first);
      }),
      { numRuns: 3000 },
    );
  });

  it("changes nothing of the data", () => {
    fc.assert(
      fc.property(expression, values, (source, data) => {
        const before = JSON.stringify(data);
        attempt(source, data, 20_000);
        expect(JSON.stringify(data)).toBe(before);
        expect(({} as { k?: unknown }).k).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("ends soon, however much there is of data", () => {
    const list = Array.from({ length: 3000 }, (_, at) => at);
    fc.assert(
      fc.property(expression, (source) => {
        const started = performance.now();
        attempt(source, [list, "x".repeat(50_000), { k: list }], 50_000);
        expect(performance.now() - started).toBeLessThan(10_000);
      }),
      { numRuns: 500 },
    );
  });

  it("takes from outside what readSyntax says", () => {
    fc.assert(
      fc.property(expression, (source) => {
        const names = new Set(readSyntax(source).paths.map(({ names: [name] }) => name));
        for (const name of names) expect(["a", "b", "m", "x", "cel"]).toContain(name);
        const known = new Cel(
          Object.fromEntries([...names].flatMap((name) => (name === "cel" ? [] : [[name, "dyn"]]))),
        );
        try {
          known.compile(source);
        } catch (error) {
          expect(error).not.toMatchObject({ code: "unknown_variable" });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
