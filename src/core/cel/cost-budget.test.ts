import { describe, expect, it } from "vitest";
import { MAX_EXPRESSION_LENGTH } from "./cel.ts";
import { CelError } from "./cel-error.ts";
import { CostBudget } from "./cost-budget.ts";
import { cel, evaluate, failureOf } from "./testing/evaluate.ts";

describe("the budget", () => {
  const numbers = Array.from({ length: 2000 }, (_, at) => at);
  const long = "a".repeat(100_000);
  const doubled = (depth: number): string =>
    depth === 0 ? "size(a0)" : `cel.bind(a${depth - 1}, a${depth} + a${depth}, ${doubled(depth - 1)})`;
  const shared = (depth: number): string =>
    depth === 0 ? "a0 == a0" : `cel.bind(a${depth - 1}, [${`a${depth},`.repeat(8)}a${depth}], ${shared(depth - 1)})`;

  it.each([
    ["nested macros", "any.all(x, any.all(y, any.all(z, x + y + z >= 0)))"],
    ["lists of lists", "any.map(x, any.map(y, any))"],
    [
      "errors that || ignores",
      "any.exists(x, any.exists(y, any.exists(z, nope(x)))) || true".replace("nope(x)", "x > 'a'"),
    ],
    ["equality of large values", "any.map(x, any == any)"],
    ["membership", "any.map(x, -1 in any)"],
    ["texts that grow", `cel.bind(a12, text, ${doubled(12)})`],
    ["lists that share their items", `cel.bind(a8, any, ${shared(8)})`],
    ["searches in long texts", "any.map(x, text.contains('b'))"],
    ["patterns on long texts", "any.map(x, text.matches('(a+)+$'))"],
  ])("ends %s", (_, expression) => {
    const started = performance.now();
    expect(failureOf(() => evaluate(expression, { any: numbers, text: long }))).toMatchObject({ kind: "limit" });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it.each([
    ["join", "any.map(x, text).join(text)"],
    ["replace", "text.replace('a', text)"],
    ["concat", "any.concat(text + text + text)"],
  ])("is not needed where %s would make a text of gigabytes", (_, expression) => {
    expect(failureOf(() => evaluate(expression, { any: numbers, text: long }, 1e9))).toMatchObject({ kind: "limit" });
  });

  it.each(["contains", "indexOf", "lastIndexOf", "split"])("bounds a search for a text by %s", (name) => {
    const [text, wanted] = ["a".repeat(1_000_000), `${"a".repeat(200_000)}b${"a".repeat(200_000)}`];
    const started = performance.now();
    const search = (one: string) => evaluate(`[text.${name}(string(any))].size()`, { text, any: one }, 1_000_000);
    expect(failureOf(() => search(wanted))).toMatchObject({ kind: "limit" });
    expect(failureOf(() => search(wanted.slice(199_500, 200_500)))).toMatchObject({ kind: "limit" });
    search("aaab");
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("can be shared by evaluations", () => {
    const budget = new CostBudget(100);
    const program = cel.compile("items.map(x, x + 1)");
    const run = () => program.evaluate(new Map([["items", [1n, 2n, 3n]]]), budget);
    expect(failureOf(() => Array.from({ length: 100 }, run))).toMatchObject({ kind: "limit" });
    expect(budget.isExhausted).toBe(true);
  });

  it.each([
    ["long", `'${"a".repeat(MAX_EXPRESSION_LENGTH)}'`],
    ["deep", `${"[".repeat(200)}${"]".repeat(200)}`],
    ["many-sided", `1${"+1".repeat(1500)}`],
  ])("refuses an expression that is too %s", (_, expression) => {
    expect(failureOf(() => cel.compile(expression)).kind).toBe("limit");
  });

  it("does not recurse too deeply for any expression that is accepted", () => {
    expect(evaluate(`1${"+1".repeat(990)}`)).toBe(991);
  });

  it.each(["1".repeat(9000), `duration('${"1".repeat(9000)}')`, `text.matches('${"(a{100}){100}".repeat(5)}')`])(
    "holds for literals: %#",
    (expression) => {
      const started = performance.now();
      expect(failureOf(() => evaluate(expression))).toBeInstanceOf(CelError);
      expect(performance.now() - started).toBeLessThan(5_000);
    },
  );
});
