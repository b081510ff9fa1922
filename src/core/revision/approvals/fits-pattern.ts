import { matchWithStars } from "../../validation/ignore/glob.ts";

/** Comparisons of characters for all rules of one proposal, some tenths of a second. */
const MAX_COMPARISONS = 20_000_000;

/** Counts down the comparisons that are left. */
export interface PatternBudget {
  left: number;
}

export function newPatternBudget(): PatternBudget {
  return { left: MAX_COMPARISONS };
}

/**
 * True if a text is what a pattern with `*` and `?` stands for. Once the budget is spent, everything fits: a rule that
 * would take too long to evaluate holds.
 */
export function fitsPattern(pattern: string, text: string, budget: PatternBudget): boolean {
  if (pattern === "*" || pattern === text || budget.left <= 0) return true;
  if (!/[*?]/.test(pattern)) return false;
  // Reading both takes longer than comparing texts that differ at once.
  budget.left -= pattern.length + text.length;
  if (budget.left <= 0) return true;
  const fits = matchWithStars(
    [...pattern],
    [...text],
    (one) => one === "*",
    (one, char) => {
      budget.left--;
      return one === char || one === "?";
    },
  );
  return fits || budget.left <= 0;
}
