import { CostBudget } from "../../cel/cost-budget.ts";
import type { CelValue } from "../../cel/values.ts";
import { compare } from "../../identity/compare.ts";
import type { SchemaSet } from "../../validation/schema/kind-schema.ts";
import { RenderError } from "../failure.ts";
import { checkLimit, type RenderLimits } from "../limits.ts";
import { metaOf } from "../resource.ts";
import { BLOCK_VARIABLES, type Block, blockError } from "./block.ts";
import { OutsideData } from "./data.ts";
import { type DataRequest, describeRequest, type GivenObject, type JsonObject, type TakenObject } from "./given.ts";
import { resolveInputs } from "./inputs.ts";
import { EvaluationError, makeInstance, valueOfInstance } from "./instance.ts";
import { loopOf } from "./loop.ts";
import type { Output } from "./outputs.ts";
import type { PlannedBlock } from "./plan.ts";
import { type OnResult, report } from "./report.ts";

export interface RunScope {
  readonly limits: RenderLimits;
  readonly inputs: readonly GivenObject[];
  readonly data: readonly GivenObject[];
  /** Continues the messages of `DataMissing`. */
  readonly missingAdvice: string;
  readonly onResult: OnResult;
  readonly onData: (data: { readonly taken: readonly TakenObject[]; readonly missing: readonly DataRequest[] }) => void;
}

/** Evaluates the blocks of a package. */
export class KformRun {
  readonly #scope: RunScope;
  readonly #schemas: SchemaSet;
  readonly #outside: OutsideData;
  readonly #budget: CostBudget;
  /** Variable → key → instances. `data` has the resource types as keys. */
  readonly #variables = new Map<string, Map<string, CelValue>>();
  /** Names of blocks without a value. */
  readonly #unresolved = new Set<string>();
  #firstMissing: RenderError | undefined;
  /** Resource blocks that were evaluated, by name, with what they made last. */
  readonly #resources = new Map<string, { readonly block: Block; readonly object: JsonObject }>();
  #instances = 0;
  #values = 0;

  constructor(blocks: readonly Block[], schemas: SchemaSet, scope: RunScope) {
    this.#scope = scope;
    this.#schemas = schemas;
    this.#budget = new CostBudget(scope.limits.steps);
    for (const name of BLOCK_VARIABLES) this.#variables.set(name, new Map());
    for (const { variable } of blocks) if (variable !== undefined) this.#variableOf(variable[0]);
    const { values, rest, warnings } = resolveInputs(blocks, scope.inputs, schemas);
    this.#outside = new OutsideData(rest, scope.data);
    for (const { block, message } of warnings) report(scope.onResult, block, "warning", message);
    for (const block of blocks) this.#setValue(block, values.get(block.name));
  }

  /** All data that is missing is found, so that the caller can get it at once. */
  evaluate(planned: readonly PlannedBlock[]): readonly Output[] {
    const outputs: Output[] = [];
    for (const one of planned) {
      const { type, name } = one.block;
      if (type === "input" || type === "provider" || type === "backend") continue;
      if ([...one.needs].some((needed) => this.#unresolved.has(needed))) this.#unresolved.add(name);
      else outputs.push(...this.#evaluateBlock(one));
    }
    if (this.#firstMissing !== undefined) throw this.#firstMissing;
    // By their blocks' places in the files: which of two clashing outputs is named does not depend on references.
    const order = new Map(planned.map(({ block }) => [block, `${block.file}\0${String(block.line).padStart(9, "0")}`]));
    return outputs.toSorted((a, b) => compare(order.get(a.block) ?? "", order.get(b.block) ?? ""));
  }

  reportData(): void {
    const { taken, missing, unused } = this.#outside;
    this.#scope.onData({ taken, missing });
    for (const { source } of unused) {
      const message = `${source} is for no block of the package`;
      this.#scope.onResult({ severity: "warning", message, function: "kform", package: "" });
    }
  }

  #evaluateBlock(planned: PlannedBlock): readonly Output[] {
    try {
      return this.#evaluateInstances(planned);
    } catch (error) {
      const resource = this.#resourceWithoutStatus(error);
      if (resource === undefined || !(error instanceof RenderError)) throw error;
      this.#unresolved.add(planned.block.name);
      const why = `${resource.name} has no status, since nothing is applied while rendering`;
      const message = `${error.message}: ${why}. Give the object with its status as an input`;
      this.#firstMissing ??= new RenderError({ ...error.failure, reason: "DataMissing", message });
      return [];
    }
  }

  #evaluateInstances(planned: PlannedBlock): readonly Output[] {
    const { block } = planned;
    const { limits, onResult } = this.#scope;
    const scope = { values: this.#variables as ReadonlyMap<string, CelValue>, budget: this.#budget };
    const { variables, missing } = loopOf(planned, scope, (count) => {
      this.#instances += count;
      checkLimit(limits, "instances", this.#instances);
    });
    if (missing !== undefined) {
      if (this.#isStatus(missing)) throw missing;
      report(onResult, block, "info", `makes no object: ${missing.message}`);
    }
    const onValues = (count: number) => {
      this.#values += count;
      checkLimit(limits, "values", this.#values);
    };
    const { apiVersion, kind } = metaOf(block.root);
    const schema = this.#schemas(apiVersion, kind);
    const instances: CelValue[] = [];
    const outputs: Output[] = [];
    for (const variable of variables) {
      const values = variable === undefined ? scope.values : new Map([...scope.values, variable]);
      const instance = makeInstance(planned, { values, budget: this.#budget, schema, onValues });
      const value = this.#valueOf(block, instance);
      if (value === undefined) this.#unresolved.add(block.name);
      else instances.push(value);
      if (block.type === "output" || block.type === "resource") outputs.push({ block, instance });
    }
    this.#setValue(block, instances);
    return outputs;
  }

  #valueOf(block: Block, instance: Output["instance"]): CelValue | undefined {
    if (block.type === "data" || block.type === "list") {
      const found = this.#outside.take(block, instance.object);
      const request = this.#outside.missing.at(-1);
      if (found === undefined && request !== undefined)
        this.#firstMissing ??= missingData(block, request, this.#scope.missingAdvice);
      return found;
    }
    const value = valueOfInstance(instance);
    if (block.type !== "resource" || !(value instanceof Map)) return value;
    this.#resources.set(block.name, { block, object: instance.object });
    const status = this.#outside.statusOf(block, instance.object);
    return status === undefined ? value : new Map([...value, ["status", status]]);
  }

  #isStatus({ cause, expression }: EvaluationError): boolean {
    const isStatus = cause.code === "no_such_key" && cause.message.endsWith(": status");
    return isStatus && expression.needs.some((name) => this.#resources.has(name));
  }

  /** The resource whose status an expression wants, if that is what is wrong. */
  #resourceWithoutStatus(error: unknown): Block | undefined {
    if (!(error instanceof EvaluationError) || !this.#isStatus(error)) return undefined;
    const block = error.expression.needs.map((name) => this.#resources.get(name)).find((one) => one !== undefined);
    if (block !== undefined) this.#outside.miss(block.block, block.object);
    return block?.block;
  }

  #variableOf(name: string): Map<string, CelValue> {
    const known = this.#variables.get(name) ?? new Map<string, CelValue>();
    this.#variables.set(name, known);
    return known;
  }

  #setValue(block: Block, instances: readonly CelValue[] | undefined): void {
    if (block.variable === undefined || instances === undefined) return;
    const [variable, key] = block.variable;
    const blocks = this.#variableOf(variable);
    blocks.set(key, instances);
    if (!BLOCK_VARIABLES.some((one) => one === variable)) this.#variableOf("data").set(variable, blocks);
  }
}

function missingData(block: Block, request: DataRequest, advice: string): RenderError {
  const wanted = block.type === "list" ? `all objects ${describeRequest(request)}` : describeRequest(request);
  return blockError("DataMissing", block, `${block.name} needs ${wanted}, which is not there: ${advice}`);
}
