import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Oid } from "../../../core/identity/oid.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";

/** The only trait that git need not find out itself; it peels tags when it is asked to. */
const HEADER = "# pack-refs with: sorted \n";
/** Lines of one write to the file. */
const LINES = 5000;

/**
 * Replaces the packed refs of a bare repository by these (full name → object id). Its refs of their own stay, and count
 * instead of packed ones of the same name. No git command may write refs meanwhile. Throws the system's file errors.
 */
export async function writePackedRefs(dir: string, refs: ReadonlyMap<string, Oid>): Promise<void> {
  const lines: string[] = [];
  await forEachInTurns(refs, ([name, oid]) => lines.push(`${name} ${oid}`));
  sortAsBytes(lines);
  // git's own name for it, which `removeUnfinishedFiles` knows.
  const path = join(dir, "packed-refs.new");
  const file = await open(path, "w");
  try {
    await file.write(HEADER);
    for (let at = 0; at < lines.length; at += LINES)
      await file.write(
        lines
          .slice(at, at + LINES)
          .map(toLine)
          .join(""),
      );
  } finally {
    await file.close();
  }
  await rename(path, join(dir, "packed-refs"));
}

/** A name has no blank, so that names and their lines have the same order. */
function toLine(line: string): string {
  const blank = line.indexOf(" ");
  return `${line.slice(blank + 1)} ${line.slice(0, blank)}\n`;
}

/** git compares bytes of UTF-8: the order of UTF-16 is the same, but where a character has two code units. */
function sortAsBytes(lines: string[]): void {
  lines.sort();
  if (lines.some((line) => /[\ud800-\udfff]/.test(line))) {
    lines.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }
}
