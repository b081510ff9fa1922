import { utf8Text } from "../files/utf8-text.ts";
import { sha256Hex } from "../identity/hash.ts";
import type { BasePath } from "./document-ids.ts";
import type { FileMap } from "./package-side.ts";
import { MAX_PARTS, shareOf } from "./similarity.ts";
import type { Three } from "./three.ts";

/** A file that is gone is the one that is new if so many of their lines are equal. */
const MIN_LINES = 0.6;
/** Pairs of files that are compared by their lines. */
const MAX_COMPARED = 2_000;

/** The paths in the base of files that the sides have moved. */
export function findBasePaths({ base, upstream, local }: Three<FileMap>): {
  readonly upstream: BasePath;
  readonly local: BasePath;
} {
  const [theirs, mine] = [findMovedFiles(base, upstream), findMovedFiles(base, local)];
  // A file that is new on both sides was moved by both of them, or by none.
  const pathOf = (
    own: ReadonlyMap<string, string>,
    other: ReadonlyMap<string, string>,
    otherSide: FileMap,
  ): BasePath => {
    return (path) => (otherSide.has(path) && other.get(path) !== own.get(path) ? path : (own.get(path) ?? path));
  };
  return { upstream: pathOf(theirs, mine, local), local: pathOf(mine, theirs, upstream) };
}

/** The paths of the base by the paths that a side has moved its files to: equal files, then those of similar lines. */
export function findMovedFiles(base: FileMap, side: FileMap): ReadonlyMap<string, string> {
  const moved = new Map<string, string>();
  const gone = new Map([...base].filter(([path]) => !side.has(path)));
  const added = [...side].filter(([path]) => !base.has(path));
  const sizes = new Set(added.map(([, { length }]) => length));
  const digests = new Map<string, string[]>();
  for (const [path, bytes] of gone) {
    if (!sizes.has(bytes.length)) continue;
    const digest = sha256Hex(bytes);
    const known = digests.get(digest);
    if (known === undefined) digests.set(digest, [path]);
    else known.push(path);
  }
  const goneSizes = new Set(gone.values().map(({ length }) => length));
  const move = (to: string, from: string | undefined) => {
    if (from === undefined) return;
    moved.set(to, from);
    gone.delete(from);
  };
  for (const [path, bytes] of added.filter(([, { length }]) => length > 0)) {
    if (goneSizes.has(bytes.length)) move(path, digests.get(sha256Hex(bytes))?.shift());
  }
  let compared = 0;
  const lines = new Map<Uint8Array, readonly string[]>();
  for (const [path, bytes] of added) {
    if (moved.has(path)) continue;
    for (const [was, old] of gone) {
      if (extensionOf(was) !== extensionOf(path)) continue;
      if (++compared > MAX_COMPARED) return moved;
      if (shareOf(linesOf(old, lines), linesOf(bytes, lines)) < MIN_LINES) continue;
      move(path, was);
      break;
    }
  }
  return moved;
}

function linesOf(bytes: Uint8Array, known: Map<Uint8Array, readonly string[]>): readonly string[] {
  const lines =
    known.get(bytes) ?? (utf8Text(bytes)?.split("\n", MAX_PARTS) ?? []).filter((line) => line.trim() !== "");
  known.set(bytes, lines);
  return lines;
}

function extensionOf(path: string): string {
  return /[^/]\.([^./]+)$/.exec(path)?.[1] ?? "";
}
