import { sameBytes } from "../files/package-file.ts";
import { utf8Text } from "../files/utf8-text.ts";
import { scalarText } from "../render/nodes/read.ts";
import { walk } from "../render/nodes/walk.ts";
import type { FileMap } from "./package-side.ts";

/** What is compared of a document or a file. */
const MAX_PARTS = 2_000;
/** A file that is gone is the one that is new if so many of their lines are equal. */
const MIN_LINES = 0.6;
/** Pairs of files that are compared by their lines. */
const MAX_COMPARED = 2_000;

/** The part of the fields of two documents that is equal, from 0 to 1; names do not count. */
export function documentSimilarity(one: unknown, other: unknown): number {
  return shareOf(fieldsOf(one), fieldsOf(other));
}

function fieldsOf(root: unknown): readonly string[] {
  const fields: string[] = [];
  walk(root, {
    scalar: (node, path) => {
      if (fields.length < MAX_PARTS && !/^metadata\.(?:name|namespace)$/.test(path)) {
        fields.push(`${path}=${scalarText(node) ?? ""}`);
      }
    },
  });
  return fields;
}

function shareOf(one: readonly string[], other: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const part of one) counts.set(part, (counts.get(part) ?? 0) + 1);
  let common = 0;
  for (const part of other) {
    const count = counts.get(part) ?? 0;
    if (count === 0) continue;
    counts.set(part, count - 1);
    common++;
  }
  return one.length + other.length === 0 ? 0 : (2 * common) / (one.length + other.length);
}

/** The paths of the base by the paths that a side has moved its files to: equal files, then those of similar lines. */
export function findMovedFiles(base: FileMap, side: FileMap): ReadonlyMap<string, string> {
  const moved = new Map<string, string>();
  const gone = new Map([...base].filter(([path]) => !side.has(path)));
  const bySize = Map.groupBy(gone, ([, bytes]) => bytes.length);
  const added = [...side].filter(([path]) => !base.has(path));
  const move = (to: string, from: string | undefined) => {
    if (from === undefined) return;
    moved.set(to, from);
    gone.delete(from);
  };
  for (const [path, bytes] of added.filter(([, { length }]) => length > 0)) {
    move(path, bySize.get(bytes.length)?.find(([was, old]) => gone.has(was) && sameBytes(old, bytes))?.[0]);
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
