/** A node of the library's syntax tree: what is used of it here. `evaluate` and `check` can be set for each node. */
export interface TreeNode {
  readonly op: string;
  args: unknown;
  /** Where it begins in the expression. */
  readonly pos: number;
  evaluate: (evaluator: Evaluator, node: TreeNode, context: unknown) => unknown;
  check: (checker: Checker, node: TreeNode, context: unknown) => unknown;
}

export interface Evaluator {
  run(node: TreeNode, context: unknown): unknown;
}

export interface Checker {
  check(node: TreeNode, context: unknown): unknown;
  getType(name: string): unknown;
}

/** The nodes of a tree, each once. Does not recurse: the library limits the depth, but this need not rely on it. */
export function nodesOf(root: TreeNode): ReadonlySet<TreeNode> {
  const found = new Set<TreeNode>();
  const open: unknown[] = [root];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) open.push(...next);
    else if (isNode(next) && !found.has(next)) {
      found.add(next);
      open.push(next.args);
    }
  }
  return found;
}

export function isNode(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value && "pos" in value;
}

/** The function or method that a node calls. */
export interface Call {
  readonly name: string;
  readonly receiver?: TreeNode;
  readonly args: readonly TreeNode[];
}

export function callOf({ op, args }: TreeNode): Call | undefined {
  if (!Array.isArray(args)) return undefined;
  if (op === "call") return { name: args[0] as string, args: args[1] as readonly TreeNode[] };
  if (op !== "rcall") return undefined;
  return { name: args[0] as string, receiver: args[1] as TreeNode, args: args[2] as readonly TreeNode[] };
}
