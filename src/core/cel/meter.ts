import type { CostBudget } from "./cost-budget.ts";
import { isSearch, isTextSearch } from "./functions.ts";
import { compilationCost, searchCost } from "./patterns.ts";
import { callOf, type Evaluator, nodesOf, type TreeNode } from "./syntax-tree.ts";
import { textSearchCost } from "./texts.ts";
import { weigh } from "./weight.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "in", "<", "<=", ">", ">="]);
const MAKES_VALUES: ReadonlySet<string> = new Set(["list", "map", "+"]);
/** They look at no value that is in their arguments, or evaluate an expression for each. */
const COUNTED_BY_STEPS: ReadonlySet<string> = new Set([
  ...["has", "all", "exists", "exists_one", "map", "filter", "bind"],
  ...["size", "dyn", "type"],
]);

/**
 * Counts the work of evaluations of one syntax tree: each step, and the values that an operation reads or makes. An
 * operation is counted after it has run, which is enough: each takes time proportional to what it reads and makes. A
 * search for a pattern is refused before it takes more than two tenths of a second.
 */
export class Meter {
  #budget: CostBudget | undefined;
  readonly #values = new Map<TreeNode, unknown>();
  #weights = new WeakMap<object, number>();
  /** Patterns whose compilation is counted. */
  readonly #patterns = new Set<string>();

  /** The tree must have been checked. */
  constructor(root: TreeNode) {
    for (const node of nodesOf(root)) this.#watch(node);
  }

  /** Throws a CelError of kind limit, also if the expression would have ignored the error. */
  run<T>(budget: CostBudget, evaluate: () => T): T {
    this.#budget = budget;
    try {
      const result = evaluate();
      if (budget.isExhausted) throw budget.error();
      return result;
    } catch (error) {
      throw budget.isExhausted ? budget.error() : error;
    } finally {
      this.#budget = undefined;
      this.#values.clear();
      this.#weights = new WeakMap();
      this.#patterns.clear();
    }
  }

  /** The library replaces `evaluate` of a node when it runs first, and calls the new one: that is one step. */
  #watch(node: TreeNode): void {
    let evaluate = node.evaluate;
    let isRunning = false;
    const watched = (evaluator: Evaluator, self: TreeNode, context: unknown): unknown => {
      if (isRunning) return evaluate.call(node, evaluator, self, context);
      isRunning = true;
      try {
        this.#budget?.spend(1);
        const value = evaluate.call(node, evaluator, self, context);
        this.#values.set(node, value);
        this.#budget?.spend(this.#costOf(node, value));
        return value;
      } catch (error) {
        this.#budget?.spend(this.#costOfFailure(node));
        throw error;
      } finally {
        isRunning = false;
      }
    };
    Object.defineProperty(node, "evaluate", {
      get: () => watched,
      set: (next: TreeNode["evaluate"]) => {
        evaluate = next;
      },
    });
  }

  #costOf(node: TreeNode, value: unknown): number {
    if (MAKES_VALUES.has(node.op)) return this.#weigh(value);
    if (COMPARISONS.has(node.op)) return this.#weighAll(node.args as readonly TreeNode[]);
    const call = callOf(node);
    if (call === undefined) return 0;
    const read = call.receiver === undefined ? call.args : [call.receiver, ...call.args];
    const reads = COUNTED_BY_STEPS.has(call.name)
      ? read.filter((one) => typeof this.#values.get(one) === "string")
      : read;
    const searched = isSearch(call.name)
      ? this.#costOfSearch(read, value)
      : isTextSearch(call.name)
        ? this.#costOfTextSearch(read)
        : 0;
    return searched + this.#weighAll(reads) + this.#weigh(value);
  }

  #costOfSearch(read: readonly TreeNode[], value: unknown): number {
    const [text, pattern] = this.#textsOf(read);
    if (text === undefined || pattern === undefined) return 0;
    const searches = Array.isArray(value) ? value.length + 1 : 1;
    return this.#costOfPattern(pattern) + searchCost(pattern, text.length, searches);
  }

  #costOfTextSearch(read: readonly TreeNode[]): number {
    const [text, wanted] = this.#textsOf(read);
    return text === undefined || wanted === undefined ? 0 : Math.ceil(textSearchCost(text, wanted));
  }

  /** An operation that fails has done nothing but compile a pattern. */
  #costOfFailure(node: TreeNode): number {
    const call = callOf(node);
    if (call?.receiver === undefined || !isSearch(call.name)) return 0;
    const [, pattern] = this.#textsOf([call.receiver, ...call.args]);
    return pattern === undefined ? 0 : this.#costOfPattern(pattern);
  }

  #costOfPattern(pattern: string): number {
    if (this.#patterns.has(pattern)) return 0;
    this.#patterns.add(pattern);
    return compilationCost(pattern);
  }

  #textsOf(nodes: readonly TreeNode[]): readonly (string | undefined)[] {
    return nodes.map((node) => {
      const value = this.#values.get(node);
      return typeof value === "string" ? value : undefined;
    });
  }

  #weighAll(nodes: readonly TreeNode[]): number {
    return nodes.reduce((sum, node) => sum + this.#weigh(this.#values.get(node)), 0);
  }

  #weigh(value: unknown): number {
    return weigh(value, this.#weights);
  }
}
