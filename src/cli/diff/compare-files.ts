import { sameBytes } from "../../core/files/package-file.ts";
import type { FilePair } from "./differ.ts";

type Files = ReadonlyMap<string, Uint8Array>;

/** The files that differ, sorted by path. */
export function compareFiles(before: Files, after: Files): readonly FilePair[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const pair = { path, before: before.get(path), after: after.get(path) };
    const isSame = pair.before !== undefined && pair.after !== undefined && sameBytes(pair.before, pair.after);
    return isSame ? [] : [pair];
  });
}
