import { scalarText } from "../render/nodes/read.ts";
import { walk } from "../render/nodes/walk.ts";

/** What is compared of a document or a file. */
export const MAX_PARTS = 2_000;

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

/** The part of two lists that is equal, whatever their order. */
export function shareOf(one: readonly string[], other: readonly string[]): number {
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
