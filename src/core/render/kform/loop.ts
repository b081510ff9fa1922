import { type CelValue, describeType } from "../../cel/values.ts";
import { type Expression, expressionError } from "./expression.ts";
import { EvaluationError, evaluate, type InstanceScope } from "./instance.ts";
import type { PlannedBlock } from "./plan.ts";

/** The variable of each instance of a block; one without a variable for a block that has no loop. */
export interface Loop {
  readonly variables: readonly (readonly [name: "each" | "count", value: CelValue] | undefined)[];
  /** Why there is no instance, if a field that decides on it is missing. */
  readonly missing?: EvaluationError;
}

type Scope = Pick<InstanceScope, "values" | "budget">;

/** Throws a RenderError for a value that cannot be counted or gone through. `limit`: of instances. */
export function loopOf({ count, forEach }: PlannedBlock, scope: Scope, limit: (instances: number) => void): Loop {
  const expression = count ?? forEach;
  if (expression === undefined) return { variables: [undefined] };
  const found = evaluateIfThere(expression, scope);
  // As in kform: a field that is not there means no instance.
  if ("missing" in found) return { variables: [], missing: found.missing };
  return count === undefined ? forEachOf(expression, found.value, limit) : countOf(expression, found.value, limit);
}

function evaluateIfThere(expression: Expression, scope: Scope): { value: CelValue } | { missing: EvaluationError } {
  try {
    return { value: evaluate(expression, scope) };
  } catch (error) {
    if (error instanceof EvaluationError && error.cause.code === "no_such_key") return { missing: error };
    throw error;
  }
}

function countOf(expression: Expression, value: CelValue, limit: (instances: number) => void): Loop {
  const count = typeof value === "string" && /^\d{1,9}$/.test(value) ? BigInt(value) : value;
  if (typeof count !== "bigint" || count < 0n) {
    const given = typeof count === "bigint" ? String(count) : `of type ${describeType(value)}`;
    const hint = typeof value === "boolean" ? "; write `… ? 1 : 0`" : "";
    throw expressionError(
      expression.text,
      expression,
      `a count must be an integer of at least 0, and is ${given}${hint}`,
    );
  }
  limit(Number(count));
  const indexes = Array.from({ length: Number(count) }, (_, index) => BigInt(index));
  return { variables: indexes.map((index) => ["count", new Map([["index", index]])]) };
}

function forEachOf(expression: Expression, value: CelValue, limit: (instances: number) => void): Loop {
  const entries = entriesOf(value);
  if (entries === undefined) {
    const message = `for-each must be a list or a mapping, and is of type ${describeType(value)}`;
    throw expressionError(expression.text, expression, message);
  }
  limit(entries.length);
  return {
    variables: entries.map(([key, one], index) => [
      "each",
      new Map<string, CelValue>([
        ["key", key],
        ["value", one],
        ["index", BigInt(index)],
      ]),
    ]),
  };
}

function entriesOf(value: CelValue): readonly (readonly [CelValue, CelValue])[] | undefined {
  if (Array.isArray(value)) return value.map((item: CelValue, at) => [BigInt(at), item] as const);
  if (value instanceof Map) return [...(value as ReadonlyMap<CelValue, CelValue>)];
  return value !== null && describeType(value) === "map" ? Object.entries(value) : undefined;
}
