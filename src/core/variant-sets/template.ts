import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { Cel, type CelProgram } from "../cel/cel.ts";
import { CelError } from "../cel/cel-error.ts";
import type { CostBudget } from "../cel/cost-budget.ts";
import { NotPlain, type PlainValue, toCel, toPlain } from "../cel/values.ts";
import { weigh } from "../cel/weight.ts";
import type { Target } from "./targets.ts";

/** The work for one target: a hundredth of a second, and 1.5 MiB of texts. */
export const MAX_TARGET_COST = 100_000;
/** Characters of all expressions together, with `EXPRESSION` for each: they are compiled in one piece. */
const MAX_EXPRESSIONS = 65_536;
/** What it takes to compile the shortest expression, in characters. */
const EXPRESSION = 64;
/** Texts are not read for expressions below this depth: the schema ends far above it. */
const MAX_DEPTH = 100;

/** An expression of the template that is wrong, or has no value for a target. One line. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";

  constructor(path: string, reason: string) {
    super(`spec.template${path}: ${reason}`);
  }
}

/** Makes the spec of a target's variant, and counts all that it reads and makes. */
export type Template = (target: Target, budget: CostBudget) => PackageVariantSpec;

const OPEN = "$" + "{";

type Part = string | CelProgram;
type Values = ReadonlyMap<string, ReturnType<typeof toCel>>;

/**
 * Compiles the `${…}` in the texts of a template, once for all targets. Keys and readinessGates are taken as they are:
 * admission has looked at them. Throws `TemplateError` for an expression that is wrong for any target; so does the
 * template for one that has no value for a target, or another type than its field.
 */
export function compileTemplate(spec: PackageVariantSpec): Template {
  const cel = new Compiler();
  const { readinessGates } = spec.packageContext ?? {};
  const make = compile(cel, spec, "", 0);
  const ownWeight = weigh(spec, new WeakMap());
  return (target, budget) => {
    if (isNestedBelow(target, MAX_DEPTH)) {
      throw new TemplateError("", `the fields of the target are nested deeper than ${MAX_DEPTH} levels`);
    }
    spend(budget, "", ownWeight + weigh(target, new WeakMap()));
    const values = new Map([["target", toCel(target)]]);
    const made = make(values, budget) as PackageVariantSpec;
    if (readinessGates === undefined) return made;
    return { ...made, packageContext: { ...made.packageContext, readinessGates } };
  };
}

/** Compiles expressions, as many as one piece of work may have. */
class Compiler {
  readonly #cel = new Cel({ target: "map" });
  #length = 0;

  /** Throws `CelError`. */
  compile(expression: string): CelProgram {
    this.#length += expression.length + EXPRESSION;
    if (this.#length > MAX_EXPRESSIONS) {
      const message = `all expressions together may have ${MAX_EXPRESSIONS} characters, ${EXPRESSION} more for each`;
      throw new CelError("limit", message);
    }
    return this.#cel.compile(expression);
  }
}

/** False for what nothing can exhaust the stack with. */
function isNestedBelow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((one) => isNestedBelow(one, depth - 1));
}

type Maker = (values: Values, budget: CostBudget) => unknown;

function compile(cel: Compiler, value: unknown, path: string, depth: number): Maker {
  if (depth > MAX_DEPTH) throw new TemplateError(path, `is nested deeper than ${MAX_DEPTH} levels`);
  if (typeof value === "string") return compileText(cel, value, path);
  if (Array.isArray(value)) {
    const makers = value.map((one, index) => compile(cel, one, `${path}[${index}]`, depth + 1));
    return (values, budget) => makers.map((make) => make(values, budget));
  }
  if (typeof value !== "object" || value === null) return () => value;
  const makers = Object.entries(value).map(([key, one]) => {
    return [key, compile(cel, one, `${path}.${key}`, depth + 1)] as const;
  });
  // An expression without a value leaves its field out: the API server would drop it, and the set would never be done.
  const isLeftOut = (key: string, made: unknown) => made === null && typeof Reflect.get(value, key) === "string";
  return (values, budget) => {
    const made = makers.map(([key, make]) => [key, make(values, budget)] as const);
    return Object.fromEntries(made.filter(([key, one]) => !isLeftOut(key, one)));
  };
}

function compileText(cel: Compiler, text: string, path: string): Maker {
  const parts = partsOf(text, path).map((part) =>
    "text" in part ? part.text : compileOne(cel, part.expression, path),
  );
  const [only] = parts;
  if (parts.length === 0) return () => "";
  if (parts.length === 1 && only !== undefined) {
    return typeof only === "string" ? () => only : (values, budget) => evaluate(only, values, budget, path);
  }
  return (values, budget) => parts.map((part) => textOf(part, values, budget, path)).join("");
}

function textOf(part: Part, values: Values, budget: CostBudget, path: string): string {
  if (typeof part === "string") return part;
  const value = evaluate(part, values, budget, path);
  if (typeof value === "object") throw new TemplateError(path, `\${${part.expression}} is no text, number or bool`);
  return String(value);
}

function compileOne(cel: Compiler, expression: string, path: string): CelProgram {
  try {
    return cel.compile(expression);
  } catch (error) {
    if (error instanceof CelError) throw new TemplateError(path, `\${${expression}}: ${error.message}`);
    throw error;
  }
}

function evaluate(program: CelProgram, values: Values, budget: CostBudget, path: string): PlainValue {
  try {
    const value = program.evaluate(values, budget);
    budget.spend(weigh(value, new WeakMap()));
    const plain = toPlain(value);
    if (hasLargeInteger(plain)) throw new NotPlain("an integer of more than 53 bits is not exact in JSON");
    return plain;
  } catch (error) {
    if (!(error instanceof CelError || error instanceof NotPlain)) throw error;
    throw new TemplateError(path, `\${${program.expression}}: ${error.message}`);
  }
}

function spend(budget: CostBudget, path: string, units: number): void {
  try {
    budget.spend(units);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    throw new TemplateError(path, error.message);
  }
}

function hasLargeInteger(value: PlainValue): boolean {
  if (typeof value === "bigint") return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasLargeInteger);
}

type RawPart = { readonly text: string } | { readonly expression: string };

/** Divides `web-${target.name}` at its expressions. `$${` is a literal `${`. Braces in quotes do not end one. */
function partsOf(text: string, path: string): readonly RawPart[] {
  const parts: RawPart[] = [];
  let literal = "";
  for (let at = 0; at < text.length; ) {
    if (text.startsWith(`$${OPEN}`, at)) {
      literal += OPEN;
      at += 3;
    } else if (text.startsWith(OPEN, at)) {
      const end = endOf(text, at + 2);
      if (end === undefined) throw new TemplateError(path, `has a \${ without its }: write $\${ for a literal one`);
      if (literal !== "") parts.push({ text: literal });
      literal = "";
      parts.push({ expression: text.slice(at + 2, end) });
      at = end + 1;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  return literal === "" ? parts : [...parts, { text: literal }];
}

function endOf(text: string, from: number): number | undefined {
  let depth = 0;
  let quote: string | undefined;
  for (let at = from; at < text.length; at++) {
    const one = text[at];
    if (quote !== undefined) {
      if (one === "\\") at += 1;
      else if (one === quote) quote = undefined;
    } else if (one === '"' || one === "'") quote = one;
    else if (one === "{") depth += 1;
    else if (one === "}" && depth === 0) return at;
    else if (one === "}") depth -= 1;
  }
  return undefined;
}
