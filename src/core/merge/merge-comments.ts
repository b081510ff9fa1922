import { isMap, isScalar, isSeq } from "yaml";
import { findItemKey } from "./list-keys.ts";
import { entriesOf } from "./nodes.ts";
import type { Three } from "./three.ts";

/**
 * Takes the comment that upstream has changed on the line of a scalar, such as that of a setter, where the local side
 * has that of the base. Other comments stay as the local side has them. Recurses: the depth has been checked.
 */
export function mergeComments({ base, upstream, local }: Three<unknown>): void {
  if (isScalar(base) && isScalar(upstream) && isScalar(local)) {
    const [was, theirs, mine] = [base.comment ?? "", upstream.comment ?? "", local.comment ?? ""];
    if (theirs === was || mine !== was) return;
    if (theirs === "") delete local.comment;
    else local.comment = theirs;
  } else if (isMap(base) && isMap(upstream) && isMap(local)) {
    // Comments in brackets are rare, and a change would print all that is between them.
    if (local.flow === true) return;
    const [was, theirs] = [entriesOf(base), entriesOf(upstream)];
    for (const [key, { value }] of entriesOf(local) ?? []) {
      mergeComments({ base: was?.get(key)?.value, upstream: theirs?.get(key)?.value, local: value });
    }
  } else if (isSeq(base) && isSeq(upstream) && isSeq(local) && local.flow !== true) {
    const keyOf = findItemKey([base, upstream, local], undefined);
    if (keyOf === undefined) return;
    const [was, theirs] = [base, upstream].map(
      ({ items }) => new Map(items.map((item) => [keyOf(item), item] as const)),
    );
    for (const item of local.items) {
      const key = keyOf(item);
      mergeComments({ base: was?.get(key), upstream: theirs?.get(key), local: item });
    }
  }
}
