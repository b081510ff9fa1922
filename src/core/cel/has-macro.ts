import { CelError } from "./cel-error.ts";
import { isNode, type TreeNode } from "./syntax-tree.ts";
import { describeType } from "./values.ts";

/**
 * Makes a node `has(e.f)` accept any expression e. The library's own macro refuses an index in it, as in
 * `has(a[0].b)`, which is CEL.
 */
export function replaceHas(node: TreeNode, operand: TreeNode | undefined): void {
  const [object, field] = operand?.op === "." && Array.isArray(operand.args) ? (operand.args as unknown[]) : [];
  node.check = (checker, _, context) => {
    if (!isNode(object)) throw new CelError("type", "has() takes a field: has(a.b)", { offset: node.pos });
    checker.check(object, context);
    return checker.getType("bool");
  };
  node.evaluate = (evaluator, _, context) => {
    const value = evaluator.run(object as TreeNode, context);
    if (value instanceof Map) return value.has(field);
    if (isObject(value)) return Object.hasOwn(value, field as string);
    throw new CelError("evaluation", `has() takes a field of a map, and this is of type ${describeType(value)}`, {
      offset: node.pos,
    });
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && describeType(value) === "map";
}
