import type { FileChange } from "../../core/files/three-way.ts";
import { printableLine } from "./printable.ts";
import type { Style } from "./style.ts";

const LETTERS = { added: "A", changed: "M", removed: "D" } as const;

/** A line for each file, as `git status --short` has it. */
export function formatChanges(changes: readonly FileChange[], style: Style): readonly string[] {
  const colours = { added: style.green, changed: style.yellow, removed: style.red } as const;
  return changes.map(({ kind, path }) => `${colours[kind](LETTERS[kind])} ${printableLine(path)}`);
}
