import { isCollection, isPair } from "yaml";

/** The number of values in a node, and its depth. Does not recurse: functions may have made it deep. */
export function measure(root: unknown): { readonly values: number; readonly depth: number } {
  let [values, deepest] = [0, 0];
  const open: (readonly [node: unknown, depth: number])[] = [[root, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next;
    values += 1;
    deepest = Math.max(deepest, depth);
    if (isPair(node)) open.push([node.key, depth], [node.value, depth]);
    else if (isCollection(node)) for (const item of node.items) open.push([item, depth + 1]);
  }
  return { values, depth: deepest };
}
