import type { Node } from "yaml";
import { Cel, type CelProgram, type CelType, readSyntax } from "../../cel/cel.ts";
import { CelError } from "../../cel/cel-error.ts";
import type { CelPath } from "../../cel/paths.ts";
import { type Block, blockError } from "./block.ts";
import { maybeExpression, mentionsBlock, type Names, quoteNames, type Reference, referenceOf } from "./names.ts";

/** An expression of a block. */
export interface Expression {
  readonly program: CelProgram;
  /** As its author wrote it. */
  readonly text: string;
  readonly block: Block;
  readonly node: Node;
  readonly field: string;
  /** Names of the blocks that it needs. */
  readonly needs: readonly string[];
}

export interface ExpressionPlace {
  readonly block: Block;
  readonly node: Node;
  readonly field: string;
}

/** Compiles the expressions of a package. */
export class Expressions {
  readonly #names: Names;
  readonly #cels = new Map<string, Cel>();

  constructor(names: Names) {
    this.#names = names;
  }

  /** The expression in a text of a block; undefined for a plain text. Throws a RenderError. */
  find(given: string, place: ExpressionPlace): Expression | undefined {
    if (!maybeExpression(given, this.#names)) return undefined;
    const text = quoteNames(given, this.#names);
    let syntax: ReturnType<typeof readSyntax>;
    try {
      syntax = readSyntax(text);
    } catch (error) {
      if (!(error instanceof CelError) || !mentionsBlock(given, this.#names)) return undefined;
      const hint = error.kind === "syntax" ? `; a text that is no expression is put in quotes: "'…'"` : "";
      throw expressionError(given, place, `${error.message}${hint}`, error);
    }
    const references = this.#references(syntax.paths);
    if (references.length > 0) return this.#compile(given, text, references, place);
    // Of the texts that refer to nothing, only a method call on a list or a text is meant to be one.
    return syntax.operation === "rcall" && syntax.paths.length === 0 ? this.#tryCompile(given, text, place) : undefined;
  }

  /** An expression where there must be one: in an annotation of kform. */
  require(given: string, place: ExpressionPlace): Expression {
    const text = quoteNames(given, this.#names);
    try {
      return this.#compile(given, text, this.#references(readSyntax(text).paths), place);
    } catch (error) {
      throw error instanceof CelError ? expressionError(given, place, error.message, error) : error;
    }
  }

  #references(paths: readonly CelPath[]): readonly Reference[] {
    return paths.flatMap((path) => referenceOf(path, this.#names) ?? []);
  }

  #tryCompile(given: string, text: string, place: ExpressionPlace): Expression | undefined {
    try {
      return { program: this.#celOf(place.block).compile(text), text: given, ...place, needs: [] };
    } catch (error) {
      if (error instanceof CelError) return undefined;
      throw error;
    }
  }

  #compile(given: string, text: string, references: readonly Reference[], place: ExpressionPlace): Expression {
    const needs = references.flatMap((one) => this.#needsOf(one, given, place));
    try {
      return { program: this.#celOf(place.block).compile(text), text: given, ...place, needs: [...new Set(needs)] };
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      const hint = error.code === "unknown_variable" ? '; a field with a `-` is written data["my-field"]' : "";
      throw expressionError(given, place, `${error.message}${hint}`, error);
    }
  }

  #needsOf(reference: Reference, given: string, place: ExpressionPlace): readonly string[] {
    const { kind } = reference;
    if (kind === "block") return [reference.name];
    if (kind === "variable") {
      if (reference.name !== "data") return this.#names.byVariable.get(reference.name) ?? [];
      return [...this.#names.blocks.keys()].filter((name) => !/^(?:input|output|local)\./.test(name));
    }
    if (kind === "unknown") throw expressionError(given, place, `there is no block ${quote(reference.name)}`);
    const { variable } = reference;
    const isThere = variable === "each" ? place.block.forEach !== undefined : place.block.count !== undefined;
    const attribute = variable === "each" ? "for-each" : "count";
    if (!isThere) throw expressionError(given, place, `\`${variable}\` is only in blocks with kform.dev/${attribute}`);
    return [];
  }

  #celOf({ count, forEach }: Block): Cel {
    const loop = forEach !== undefined ? "each" : count !== undefined ? "count" : "";
    const known = this.#cels.get(loop);
    if (known !== undefined) return known;
    const names = [...this.#names.variables, ...(loop === "" ? [] : [loop])];
    const cel = new Cel(Object.fromEntries(names.map((name): [string, CelType] => [name, "map"])));
    this.#cels.set(loop, cel);
    return cel;
  }
}

export function expressionError(
  text: string,
  { block, node, field }: ExpressionPlace,
  message: string,
  cause?: CelError,
) {
  const reason = cause?.kind === "limit" ? "LimitExceeded" : "ExpressionFailed";
  return blockError(reason, block, `${quote(text)}: ${message}`, { node, field });
}

/** An expression in a message, on one line. */
export function quote(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return `\`${line.length > 200 ? `${line.slice(0, 200)}…` : line}\``;
}
