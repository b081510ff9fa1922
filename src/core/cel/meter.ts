import type { CostBudget } from "./cost-budget.ts";
import { callOf, type Evaluator, nodesOf, type TreeNode } from "./syntax-tree.ts";
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
 * operation is counted after it has run, which is enough: each takes time proportional to what it reads and makes.
 */
export class Meter {
  #budget: CostBudget | undefined;
  readonly #values = new Map<TreeNode, unknown>();
  #weights = new WeakMap<object, number>();

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
    return this.#weighAll(reads) + this.#weigh(value);
  }

  #weighAll(nodes: readonly TreeNode[]): number {
    return nodes.reduce((sum, node) => sum + this.#weigh(this.#values.get(node)), 0);
  }

  #weigh(value: unknown): number {
    return weigh(value, this.#weights);
  }
}
