import type { Attribute } from "./annotations.ts";
import { type Block, blockError } from "./block.ts";
import { type Expression, Expressions, quote } from "./expression.ts";
import { type Names, namesOf } from "./names.ts";
import { annotationAt } from "./read-blocks.ts";
import { scalarsOf } from "./scalars.ts";

/** A block with its expressions. */
export interface PlannedBlock {
  readonly block: Block;
  readonly count?: Expression;
  readonly forEach?: Expression;
  /** By their places in `scalarsOf`. */
  readonly expressions: ReadonlyMap<number, Expression>;
  /** Names of other blocks that must have been evaluated. */
  readonly needs: ReadonlySet<string>;
}

/**
 * The blocks in an order in which each comes after those that it needs; otherwise as they are in the files. Throws a
 * RenderError for references to blocks that are not there, and for cycles.
 */
export function planBlocks(blocks: readonly Block[]): {
  readonly names: Names;
  readonly planned: readonly PlannedBlock[];
} {
  const names = namesOf(blocks);
  const expressions = new Expressions(names);
  const planned = blocks.map((block) => planBlock(block, expressions, names));
  return { names, planned: sortByNeeds(planned) };
}

function planBlock(block: Block, expressions: Expressions, names: Names): PlannedBlock {
  if (block.type === "input" || block.type === "provider" || block.type === "backend") {
    return { block, expressions: new Map(), needs: new Set() };
  }
  const { count: _, forEach: __, ...outer } = block;
  const [count, forEach] = [block.count, block.forEach].map((text, at) => {
    if (text === undefined) return undefined;
    const { node = block.root, field = "" } = annotationAt(block.resource, at === 0 ? "count" : "for-each");
    return expressions.require(text, { block: outer, node, field });
  });
  const found = new Map<number, Expression>();
  for (const [at, { scalar, path }] of scalarsOf(block.root).entries()) {
    if (typeof scalar.value !== "string") continue;
    const field = path.reduce<string>((text, part) => text + (typeof part === "number" ? `[${part}]` : `.${part}`), "");
    const expression = expressions.find(scalar.value, { block, node: scalar, field: field.slice(1) });
    if (expression !== undefined) found.set(at, expression);
  }
  const all = [...found.values(), ...[count, forEach].filter((one) => one !== undefined)];
  return {
    block,
    ...(count !== undefined && { count }),
    ...(forEach !== undefined && { forEach }),
    expressions: found,
    needs: new Set([...all.flatMap(({ needs }) => needs), ...dependenciesOf(block, names)]),
  };
}

function dependenciesOf(block: Block, { blocks }: Names): readonly string[] {
  return block.dependsOn.map((given) => {
    const name = given.replace(/\[\d+\]$/, "");
    const found = [name, name.replace(/^data\./, "")].find((one) => blocks.has(one));
    if (found !== undefined) return found;
    const message = `there is no block \`${given.slice(0, 100)}\` that this one could depend on`;
    throw blockError("BlockInvalid", block, message, annotationAt(block.resource, "depends-on" satisfies Attribute));
  });
}

function sortByNeeds(planned: readonly PlannedBlock[]): readonly PlannedBlock[] {
  const byName = Map.groupBy(planned, ({ block }) => block.name);
  const done = new Set<PlannedBlock>();
  const sorted: PlannedBlock[] = [];
  for (const one of planned) {
    // Without recursion: a package may have thousands of blocks that need each other.
    const open = [{ one, left: [...one.needs] }];
    const above = new Set([one]);
    while (open.length > 0) {
      const top = open.at(-1);
      if (top === undefined) break;
      const next = top.left.pop();
      if (next === undefined || done.has(top.one)) {
        if (!done.has(top.one)) sorted.push(top.one);
        done.add(top.one);
        above.delete(top.one);
        open.pop();
        continue;
      }
      for (const needed of byName.get(next) ?? []) {
        if (done.has(needed)) continue;
        if (above.has(needed)) throw cycleError([...above], needed);
        above.add(needed);
        open.push({ one: needed, left: [...needed.needs] });
      }
    }
  }
  return sorted;
}

function cycleError(open: readonly PlannedBlock[], again: PlannedBlock) {
  const cycle = open.slice(open.indexOf(again));
  // A cycle is the same, wherever it was entered.
  const names = cycle.map(({ block }) => block.name);
  const least = names.indexOf([...names].sort()[0] ?? "");
  const turned = [...cycle.slice(least), ...cycle.slice(0, least)];
  const [first = again, second = first] = turned;
  const shown = [...turned, first].map(({ block }) => block.name);
  const text = (shown.length > 12 ? [...shown.slice(0, 6), "…", ...shown.slice(-5)] : shown).join(" → ");
  const expression = [...first.expressions.values(), first.count, first.forEach].find((one) =>
    one?.needs.includes(second.block.name),
  );
  const message = `blocks need each other in a cycle: ${text}`;
  if (expression === undefined) {
    return blockError("BlockInvalid", first.block, message, annotationAt(first.block.resource, "depends-on"));
  }
  return blockError("BlockInvalid", first.block, `${message}, by ${quote(expression.text)}`, expression);
}
