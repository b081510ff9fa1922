import type { CelPath } from "../../cel/paths.ts";
import { BLOCK_VARIABLES, type Block } from "./block.ts";

/** What expressions of a package may refer to. */
export interface Names {
  /** By name: `input.context`. Inputs of one name are one entry. */
  readonly blocks: ReadonlyMap<string, Block>;
  /** All variables that hold blocks. */
  readonly variables: ReadonlySet<string>;
  /** Variable → names of its blocks. */
  readonly byVariable: ReadonlyMap<string, readonly string[]>;
}

export function namesOf(blocks: readonly Block[]): Names {
  const named = new Map<string, Block>();
  const byVariable = new Map<string, string[]>();
  for (const block of blocks) {
    if (block.variable === undefined || named.has(block.name)) continue;
    const [variable] = block.variable;
    named.set(block.name, block);
    byVariable.set(variable, [...(byVariable.get(variable) ?? []), block.name]);
  }
  return { blocks: named, variables: new Set([...BLOCK_VARIABLES, ...byVariable.keys()]), byVariable };
}

/** Each name with a dot: it begins where a word does, so that a long word is tried once. */
const DOTTED = /(?<![\w.-])([A-Za-z_]\w*)\.([A-Za-z0-9_]+(?:-+[A-Za-z0-9_]+)*)/g;
const INDEXED = /(?<![\w.-])(?:data\.)?([A-Za-z_]\w*\.[\w-]+)\[/g;
/** One without an end goes on to the end of the text: it is tried once. */
const LITERALS = /("(?:[^"\\]|\\.?)*"?|'(?:[^'\\]|\\.?)*'?)/;

/** True for a text that takes a value of a known block; it need not be an expression. */
export function mentionsBlock(text: string, { blocks }: Names): boolean {
  return text.matchAll(INDEXED).some(([, name = ""]) => blocks.has(name));
}

/** Words of CEL that are no fields. */
const KEYWORDS: ReadonlySet<string> = new Set(["in", "true", "false", "null"]);

/**
 * An expression in which `input.my-app` is `input["my-app"]`, if there is such a block: CEL would read a difference.
 * The same for other names of blocks that CEL has no fields for.
 */
export function quoteNames(expression: string, { blocks }: Names): string {
  const rewrite = (part: string) =>
    part.replace(DOTTED, (name: string, variable: string, key: string) => {
      const isField = /^[A-Za-z_]\w*$/.test(key) && !KEYWORDS.has(key);
      return !isField && blocks.has(name) ? `${variable}[${JSON.stringify(key)}]` : name;
    });
  return expression
    .split(LITERALS)
    .map((part, at) => (at % 2 === 1 ? part : rewrite(part)))
    .join("");
}

/** True if a text may be an expression: few texts are, and reading one as CEL takes time. */
export function maybeExpression(text: string, { variables }: Names): boolean {
  if (/^\s*[["'(]/.test(text) && /\)\s*$/.test(text)) return true;
  return text
    .matchAll(/(?<!\w)[A-Za-z_]\w*(?=[.[])/g)
    .some(([word]) => variables.has(word) || Object.hasOwn(LOOP_FIELDS, word) || word.includes("_"));
}

/** A path that refers to a block, or to the loop of its own block. */
export type Reference =
  | { readonly kind: "block"; readonly name: string }
  /** Any block of a variable: the key is computed. */
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "loop"; readonly variable: "each" | "count" }
  | { readonly kind: "unknown"; readonly name: string };

const LOOP_FIELDS: Readonly<Record<string, readonly string[]>> = { each: ["key", "value", "index"], count: ["index"] };

/** What a path refers to; undefined for one that is part of a plain text such as `output.log`. */
export function referenceOf(
  { names: [first = "", second, third], isIndexed }: CelPath,
  names: Names,
): Reference | undefined {
  const loop = LOOP_FIELDS[first];
  if (loop !== undefined && Object.hasOwn(LOOP_FIELDS, first)) {
    if (second === undefined || !loop.includes(second)) return undefined;
    return { kind: "loop", variable: first === "each" ? "each" : "count" };
  }
  // `data.TYPE.ID` is `TYPE.ID`.
  if (first === "data") {
    if (second === undefined || third === undefined) return undefined;
    return blockReference(`${second}.${third}`, isIndexed && isType(second, names), names);
  }
  if (second === undefined) {
    return names.variables.has(first) && isIndexed ? { kind: "variable", name: first } : undefined;
  }
  return blockReference(`${first}.${second}`, isIndexed && isType(first, names), names);
}

/** True for a name that is meant to be a variable: fields of Kubernetes objects have no `_`. */
function isType(name: string, { variables }: Names): boolean {
  return variables.has(name) || name.includes("_");
}

function blockReference(name: string, isIndexed: boolean, names: Names): Reference | undefined {
  if (names.blocks.has(name)) return { kind: "block", name };
  return isIndexed ? { kind: "unknown", name } : undefined;
}
