import type { FilePair } from "../../core/review/file-pairs.ts";
import { printable, printableLine } from "../output/printable.ts";
import type { Style } from "../output/style.ts";

/** What the sides are called in the heading of a file. */
export interface SideNames {
  readonly before: string;
  readonly after: string;
}

export interface LineCount {
  readonly added: number;
  readonly removed: number;
  readonly isBinary: boolean;
}

export interface Differ {
  /** A unified diff, or a line about a binary file. */
  readonly formatFile: (pair: FilePair, names: SideNames) => string;
  readonly count: (pair: FilePair) => LineCount;
}

/** Loads the library when something is compared. */
export async function createDiffer(style: Style): Promise<Differ> {
  const { describeBinary, diffFile, diffHeading } = await import("../../core/review/file-diff.ts");
  return {
    formatFile: (pair, names) => {
      const heading = style.bold(diffHeading(pair, names).map(printableLine).join("\n"));
      const { hunks } = diffFile(pair);
      if (hunks === undefined) return `${heading}\n${describeBinary(pair)}`;
      const lines = hunks.flatMap(({ range, objects, lines: texts }) => [
        [style.cyan(range), ...(objects === undefined ? [] : [printableLine(objects)])].join(" "),
        ...texts.map((line) => colourOf(line, style)(printable(line))),
      ]);
      return [heading, ...lines].join("\n");
    },
    count: (pair) => {
      const { hunks, added, removed } = diffFile(pair);
      return { added, removed, isBinary: hunks === undefined };
    },
  };
}

function colourOf(line: string, style: Style): (text: string) => string {
  if (line.startsWith("+")) return style.green;
  return line.startsWith("-") ? style.red : (text) => text;
}
