import { isNode, type TreeNode } from "./syntax-tree.ts";

/** A name that an expression takes from outside, with the fields after it: `a.b` of `a["b"][0].c`. */
export interface CelPath {
  readonly names: readonly string[];
  /** True if an index that is no text follows: `a.b[0]`. */
  readonly isIndexed: boolean;
  /** Where it begins in the expression. */
  readonly offset: number;
}

/** What the language itself has: `optional.of(1)`. */
const LIBRARY: ReadonlySet<string> = new Set(["optional"]);

/** The paths in a tree, in the order of the expression. Variables of macros are none. Recurses: depth is limited. */
export function pathsOf(root: TreeNode): readonly CelPath[] {
  const found: CelPath[] = [];
  visit(root, LIBRARY, found);
  return found.sort((a, b) => a.offset - b.offset);
}

const MACROS: Readonly<Record<string, number>> = { all: 2, exists: 2, exists_one: 2, map: 2, filter: 2 };

function visit(node: unknown, local: ReadonlySet<string>, found: CelPath[]): void {
  if (Array.isArray(node)) {
    for (const one of node) visit(one, local, found);
    return;
  }
  if (!isNode(node)) return;
  const path = pathAt(node);
  if (path !== undefined && !local.has(path.names[0] ?? "")) found.push(path);
  if (node.op === "rcall" && visitMacro(node.args as readonly [string, TreeNode, readonly TreeNode[]], local, found)) {
    return;
  }
  if (path === undefined) visit(node.args, local, found);
  else visitIndexes(node, local, found);
}

/** Within a macro, its variable is no path. */
function visitMacro(
  [name, receiver, args]: readonly [string, TreeNode, readonly TreeNode[]],
  local: ReadonlySet<string>,
  found: CelPath[],
): boolean {
  const [variable] = args;
  if (variable?.op !== "id" || typeof variable.args !== "string") return false;
  const inner = new Set([...local, variable.args]);
  const isBind = name === "bind" && args.length === 3 && receiver.op === "id" && receiver.args === "cel";
  if (isBind) {
    visit(args[1], local, found);
    visit(args[2], inner, found);
    return true;
  }
  if (!Object.hasOwn(MACROS, name) || args.length < (MACROS[name] ?? 0)) return false;
  visit(receiver, local, found);
  visit(args.slice(1), inner, found);
  return true;
}

/** With those that may be missing: `a.?b[?"c"]`. */
const FIELDS: ReadonlySet<string> = new Set([".", ".?"]);
const INDEXES: ReadonlySet<string> = new Set(["[]", "[?]"]);

/** What is in the brackets of a path is an expression of its own. */
function visitIndexes(node: TreeNode, local: ReadonlySet<string>, found: CelPath[]): void {
  let at: unknown = node;
  while (isNode(at) && (FIELDS.has(at.op) || INDEXES.has(at.op))) {
    const [object, key] = at.args as readonly [unknown, unknown];
    if (INDEXES.has(at.op)) visit(key, local, found);
    at = object;
  }
}

/** The path that a chain of fields and indexes ends with; it is cut at the first index that is not a text. */
function pathAt(node: TreeNode): CelPath | undefined {
  const keys: unknown[] = [];
  let at = node;
  while (FIELDS.has(at.op) || INDEXES.has(at.op)) {
    const [object, key] = at.args as readonly [TreeNode, unknown];
    keys.push(FIELDS.has(at.op) ? key : isNode(key) && key.op === "value" ? key.args : undefined);
    at = object;
  }
  if (at.op !== "id" || typeof at.args !== "string") return undefined;
  const names = [at.args];
  for (const key of keys.reverse()) {
    if (typeof key !== "string") break;
    names.push(key);
  }
  return { names, isIndexed: names.length <= keys.length, offset: at.pos };
}
