import type { Environment } from "@marcbachmann/cel-js";
import { CelError, toCelError } from "./cel-error.ts";
import type { CostBudget } from "./cost-budget.ts";
import { createEnvironment, nameInTree, withOwnNames } from "./functions.ts";
import { replaceHas } from "./has-macro.ts";
import { Meter } from "./meter.ts";
import { type CelPath, pathsOf } from "./paths.ts";
import { callOf, nodesOf, type TreeNode } from "./syntax-tree.ts";
import type { CelValue } from "./values.ts";

/** Characters of an expression. */
export const MAX_EXPRESSION_LENGTH = 10_000;

let functions: Environment | undefined;

/** All functions, and no variables: to make an environment takes a millisecond, to clone one does not. */
function baseEnvironment(): Environment {
  functions ??= createEnvironment();
  return functions;
}

/** The type of a variable: dyn is known only when it is evaluated. */
export type CelType = "dyn" | "map" | "list" | "string" | "int" | "double" | "bool";

/** What an expression says, without knowing its variables. */
export interface CelSyntax {
  /** What it takes from outside. */
  readonly paths: readonly CelPath[];
  /** The operation that gives its result: `rcall` is a method call, `id` a name. */
  readonly operation: string;
}

/** An expression that may be evaluated many times. */
export interface CelProgram {
  readonly expression: string;
  /** The type of its result: `bool`, `list<string>`; dyn if it is known only when it is evaluated. */
  readonly type: string;
  readonly paths: readonly CelPath[];
  /**
   * Throws a CelError of kind evaluation or limit.
   * @param values of all declared variables that the expression uses
   */
  readonly evaluate: (values: ReadonlyMap<string, CelValue>, budget: CostBudget) => CelValue;
}

/**
 * Compiles expressions of CEL that use the given variables. Expressions and values may come from anybody: each
 * operation takes linear time, and a budget bounds them together. Results depend on nothing else.
 */
export class Cel {
  readonly #environment: Environment;

  constructor(variables: Readonly<Record<string, CelType>>) {
    this.#environment = baseEnvironment().clone();
    for (const [name, type] of Object.entries(variables)) this.#environment.registerVariable(name, type);
  }

  /** Throws a CelError of kind syntax, type or limit. */
  compile(expression: string): CelProgram {
    const { parsed, root, paths } = parse(this.#environment, expression);
    for (const node of nodesOf(root)) {
      checkInteger(node);
      useOwnFunctions(node);
    }
    const checked = checkTypes(parsed);
    if (!checked.valid || checked.type === undefined) throw toCelError(checked.error, "type", withOwnNames);
    // Takes as long as all before: many programs are compiled to be checked, and not evaluated.
    let meter: Meter | undefined;
    return {
      expression,
      type: checked.type,
      paths,
      evaluate: (values, budget) => {
        try {
          meter ??= new Meter(root);
          return meter.run(budget, () => parsed(values as unknown as Record<string, unknown>) as CelValue);
        } catch (error) {
          throw toCelError(error, "evaluation", withOwnNames);
        }
      },
    };
  }
}

/** False for a name that CEL uses itself, such as that of a type. */
export function isVariableName(name: string): boolean {
  if (!/^[A-Za-z_]\w*$/.test(name) || baseEnvironment().hasVariable(name)) return false;
  try {
    return readSyntax(name).operation === "id";
  } catch {
    return false;
  }
}

/** Throws a CelError of kind syntax or limit. */
export function readSyntax(expression: string): CelSyntax {
  const { root, paths } = parse(baseEnvironment(), expression);
  return { paths, operation: root.op };
}

function parse(environment: Environment, expression: string) {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new CelError("limit", `an expression may have ${MAX_EXPRESSION_LENGTH} characters at most`);
  }
  try {
    const parsed = environment.parse(expression);
    const root = parsed.ast as unknown as TreeNode;
    return { parsed, root, paths: pathsOf(root) };
  } catch (error) {
    throw toCelError(error, "syntax", withOwnNames);
  }
}

/** The library throws what it does not expect, instead of reporting it. */
function checkTypes(parsed: ReturnType<Environment["parse"]>) {
  try {
    return parsed.check();
  } catch (error) {
    throw toCelError(error, "type", withOwnNames);
  }
}

/** Throws a CelError for a function that is not available. */
function useOwnFunctions(node: TreeNode): void {
  const call = callOf(node);
  if (call === undefined) return;
  const { name, args } = call;
  const inTree = nameInTree(name, args.length);
  if (inTree === undefined) throw new CelError("type", `there is no function ${name}()`, { offset: node.pos });
  if (name === "has" && node.op === "call") replaceHas(node, args[0]);
  else (node.args as unknown[])[0] = inTree;
}

/** The library reads integers of any length. The least one is written as the negative of one that is too large. */
function checkInteger({ op, args, pos }: TreeNode): void {
  if (op !== "value" || typeof args !== "bigint" || args <= 2n ** 63n) return;
  throw new CelError("syntax", "an integer has 64 bits", { offset: pos });
}
