import type { Document, YAMLMap } from "yaml";
import { isMap } from "yaml";
import { CelError } from "../../cel/cel-error.ts";
import type { CostBudget } from "../../cel/cost-budget.ts";
import { type CelValue, describeType, NotPlain, nodeToCel, type PlainValue, toPlain } from "../../cel/values.ts";
import { weigh } from "../../cel/weight.ts";
import type { KindSchema } from "../../validation/schema/kind-schema.ts";
import { isSchema } from "../../validation/schema/open-api-schema.ts";
import { plainReader } from "../../validation/yaml/value-reader.ts";
import type { YamlFile } from "../../yaml-edit/yaml-file.ts";
import { RenderError } from "../failure.ts";
import { measure } from "../nodes/count.ts";
import { removeKformAnnotations } from "./annotations.ts";
import { readBlockText } from "./block-text.ts";
import { type Expression, expressionError } from "./expression.ts";
import { fitToField } from "./field-type.ts";
import type { JsonObject } from "./given.ts";
import { putResult } from "./nodes.ts";
import type { PlannedBlock } from "./plan.ts";
import { scalarsOf } from "./scalars.ts";
import { schemaOfField } from "./schemas.ts";

/** One object that a block makes. */
export interface Instance {
  readonly file: YamlFile;
  readonly root: YAMLMap;
  readonly document: Document.Parsed;
  readonly object: JsonObject;
}

export interface InstanceScope {
  /** All variables that the expressions of the block may use. */
  readonly values: ReadonlyMap<string, CelValue>;
  readonly budget: CostBudget;
  /** The schema of the block's kind, if it is known. */
  readonly schema: KindSchema | undefined;
  /** Called before values are copied; throws if there are too many. */
  readonly onValues: (count: number) => void;
}

/** Makes an object of a block: a copy of its document with the results of its expressions. Throws a RenderError. */
export function makeInstance({ block, expressions }: PlannedBlock, scope: InstanceScope): Instance {
  const file = readBlockText(block);
  const document = file.documents[0]?.document;
  const root: unknown = document?.contents;
  if (document === undefined || !isMap(root)) throw new Error(`the block ${block.name} cannot be read again`);
  for (const [at, one] of scalarsOf(root).entries()) {
    const expression = expressions.get(at);
    if (expression === undefined) continue;
    const value = evaluate(expression, scope);
    scope.onValues(weigh(value, new WeakMap()));
    const result = plainResult(expression, value);
    const fitted = fitToField(result, schemaOfField(scope.schema, one.path));
    if ("problem" in fitted) {
      throw expressionError(expression.text, expression, `must be ${fitted.problem}, and is a ${typeName(result)}`);
    }
    putResult(one, fitted.value);
  }
  removeKformAnnotations(root);
  scope.onValues(measure(root).values);
  const object: unknown = plainReader(document)(root);
  return { file, root, document, object: isSchema(object) ? object : {} };
}

export function valueOfInstance({ root, document }: Instance): CelValue {
  return nodeToCel(root, document);
}

/** The evaluation of an expression has failed. */
export class EvaluationError extends RenderError {
  readonly expression: Expression;
  override readonly cause: CelError;

  constructor(expression: Expression, cause: CelError) {
    super(expressionError(expression.text, expression, cause.message, cause).failure);
    this.expression = expression;
    this.cause = cause;
  }
}

/** Throws an EvaluationError. */
export function evaluate(
  expression: Expression,
  { values, budget }: Pick<InstanceScope, "values" | "budget">,
): CelValue {
  try {
    return expression.program.evaluate(values, budget);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    throw new EvaluationError(expression, error);
  }
}

function plainResult(expression: Expression, value: CelValue): PlainValue {
  try {
    return toPlain(value);
  } catch (error) {
    if (error instanceof NotPlain) throw expressionError(expression.text, expression, error.message);
    throw error;
  }
}

function typeName(value: PlainValue): string {
  const type = describeType(value);
  return type === "string" ? "text" : type === "map" ? "mapping" : type;
}
