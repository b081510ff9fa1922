import { countFiles } from "../../core/conditions/count.ts";
import { type FilePair, kindOf } from "../../core/review/file-pairs.ts";
import type { Context } from "../context.ts";
import { printValue, type ValueFormat } from "../output/objects.ts";
import { printableLine } from "../output/printable.ts";
import { createDiffer, type LineCount, type SideNames } from "./differ.ts";

export type DiffForm = "full" | "stat" | "nameOnly" | ValueFormat;

/**
 * Prints what differs; nothing if nothing does.
 * @param more further fields of the JSON
 */
export async function printDiff(
  context: Context,
  pairs: readonly FilePair[],
  names: SideNames,
  form: DiffForm,
  more: Readonly<Record<string, unknown>> = {},
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
      for (const line of formatStat(pairs.map((pair) => ({ ...pair, count: count(pair) })))) context.print(line);
      return;
    default: {
      const files = pairs.map((pair) => {
        const { path, was } = pair;
        return { path, ...(was !== undefined && { was }), kind: kindOf(pair), ...count(pair) };
      });
      await printValue(context, { before: names.before, after: names.after, ...more, files }, form);
    }
  }
}

interface FileStat extends Pick<FilePair, "path" | "was"> {
  readonly count: LineCount;
}

/** A line for each file, and the sum, as `git diff --stat` has them. */
export function formatStat(files: readonly FileStat[]): readonly string[] {
  if (files.length === 0) return [];
  const nameOf = ({ path, was }: FileStat) =>
    was === undefined ? printableLine(path) : `${printableLine(was)} => ${printableLine(path)}`;
  const width = files.reduce((longest, file) => Math.max(longest, nameOf(file).length), 0);
  const lines = files.map((file) => {
    const { added, removed, isBinary } = file.count;
    const text = isBinary ? "binary" : `+${added} -${removed}`;
    return `${nameOf(file).padEnd(width)} | ${text}`;
  });
  const sum = (of: "added" | "removed") => files.reduce((total, { count }) => total + count[of], 0);
  return [...lines, `${countFiles(files.length)} changed, +${sum("added")} -${sum("removed")} lines`];
}
