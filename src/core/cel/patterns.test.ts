import { describe, expect, it } from "vitest";
import { Cel } from "./cel.ts";
import { CostBudget } from "./cost-budget.ts";

const cel = new Cel({ text: "string", pattern: "string", texts: "list" });

interface Outcome {
  readonly result: unknown;
  readonly spent: number;
  readonly ms: number;
}

function evaluate(expression: string, text: string, pattern = "", limit = 5_000_000): Outcome {
  const budget = new CostBudget(limit);
  const values = new Map<string, string | readonly string[]>([
    ["text", text],
    ["pattern", pattern],
    ["texts", Array.from({ length: 300 }, (_, index) => `${"[ab]{1000}".repeat(90)}${index}`)],
  ]);
  const started = performance.now();
  const run = () => {
    try {
      return cel.compile(expression).evaluate(values, budget);
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };
  return { result: run(), spent: budget.spent, ms: performance.now() - started };
}

const TOO_LARGE = "the regular expression is too large for a text of this length";
const HOSTILE = `(${Array.from({ length: 90 }, (_, index) => `[ab]{${index + 10}}x`).join("|")})$`;

describe("regular expressions", () => {
  it.each(["text.matches(pattern)", "text.find(pattern) == ''", "text.findAll(pattern).size() == 0"])(
    "that are too large for a text are refused before they run: %s",
    (expression) => {
      const { result, ms } = evaluate(expression, `${"ab".repeat(50_000)}xx`, HOSTILE);
      expect(result).toBe(TOO_LARGE);
      expect(ms).toBeLessThan(10_000);
    },
  );

  it("are counted by their size and that of the text", () => {
    const small = evaluate("text.matches(pattern)", "ab".repeat(100), "^[ab]+$");
    const longer = evaluate("text.matches(pattern)", "ab".repeat(1_000), "^[ab]+$");
    const larger = evaluate("text.matches(pattern)", "ab".repeat(100), "^([ab]{20})+$");
    expect([small.result, longer.result, larger.result]).toEqual([true, true, true]);
    expect(longer.spent).toBeGreaterThan(5 * small.spent);
    expect(larger.spent).toBeGreaterThan(2 * small.spent);
    expect(small.spent).toBeLessThan(1_000);
  });

  it("are counted the same when they are known", () => {
    const pattern = `^${Math.random()}`;
    const [first, second] = [0, 1].map(() => evaluate("text.matches(pattern)", "a", pattern).spent);
    expect(second).toBe(first);
  });

  it("do not take quadratic time when all matches are wanted", () => {
    const { result, ms } = evaluate("text.findAll(pattern).size() > 0", "a".repeat(100_000), "a(.*b)?");
    expect(result).toBe(TOO_LARGE);
    expect(ms).toBeLessThan(10_000);
    expect(evaluate("text.findAll(pattern).size()", "a".repeat(100), "a(.*b)?").result).toBe(100n);
  });

  it.each([
    ["match", "texts.all(p, !text.matches(p))", "b"],
    ["are too large for the text", "texts.exists(p, text.matches(p) || false)", "b".repeat(1_000)],
  ])("that an expression makes one by one are counted with their compilation, if they %s", (_, expression, text) => {
    const { result, ms } = evaluate(expression, text);
    expect(result).toBe("the evaluation takes more than 5000000 steps");
    expect(ms).toBeLessThan(20_000);
  });

  it("are counted if they are none, as often as an expression makes another one", () => {
    const wrong = "texts.exists(p, text.matches(p + '('))";
    const { result, spent } = evaluate(wrong, "b");
    expect(result).toContain("is no regular expression");
    expect(spent).toBeGreaterThan(300 * 900 * 10);
  });

  it("take what their steps promise, in a loop over whatever fits", () => {
    const nested = "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, !text.matches(pattern)))";
    const { result, ms } = evaluate(nested, "ab".repeat(350), HOSTILE);
    expect(result).toBe("the evaluation takes more than 5000000 steps");
    expect(ms).toBeLessThan(20_000);
  });
});
