import { countFiles } from "../../core/conditions/count.ts";
import { changeOf } from "../../core/files/three-way.ts";
import type { Context } from "../context.ts";
import { printValue, type ValueFormat } from "../output/objects.ts";
import { printableLine } from "../output/printable.ts";
import { createDiffer, type FilePair, type LineCount, type SideNames } from "./differ.ts";

export type DiffForm = "full" | "stat" | "nameOnly" | ValueFormat;

/** Prints what differs; nothing if nothing does. */
export async function printDiff(
  context: Context,
  pairs: readonly FilePair[],
  names: SideNames,
  form: DiffForm,
): Promise<void> {
  const { formatFile, count } = await createDiffer(context.style);
  switch (form) {
    case "full":
      for (const pair of pairs) context.print(formatFile(pair, names));
      return;
    case "nameOnly":
      for (const { path } of pairs) context.print(printableLine(path));
      return;
    case "stat":
      for (const line of formatStat(pairs.map((pair) => ({ path: pair.path, count: count(pair) }))))
        context.print(line);
      return;
    default: {
      const files = pairs.map((pair) => ({ ...changeOf(pair.path, pair.before, pair.after), ...count(pair) }));
      await printValue(context, { before: names.before, after: names.after, files }, form);
    }
  }
}

/** A line for each file, and the sum, as `git diff --stat` has them. */
export function formatStat(files: readonly { readonly path: string; readonly count: LineCount }[]): readonly string[] {
  if (files.length === 0) return [];
  const width = files.reduce((longest, { path }) => Math.max(longest, printableLine(path).length), 0);
  const lines = files.map(({ path, count: { added, removed, isBinary } }) => {
    const text = isBinary ? "binary" : `+${added} -${removed}`;
    return `${printableLine(path).padEnd(width)} | ${text}`;
  });
  const sum = (of: "added" | "removed") => files.reduce((total, { count }) => total + count[of], 0);
  return [...lines, `${countFiles(files.length)} changed, +${sum("added")} -${sum("removed")} lines`];
}
