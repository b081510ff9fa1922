import type { ObjectType, Ref } from "./ref-table.ts";

/** The `--format` of `git for-each-ref` that `parseRefs` reads. */
export const REF_FORMAT = "%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)";

/** `needsPeeling`: a tag of a tag. git 2.39 peels only once, so that `ref.commit` is absent. */
export interface ListedRef {
  readonly ref: Ref;
  readonly needsPeeling: boolean;
}

/** Parses lines of `git for-each-ref --format=REF_FORMAT`. */
export function parseRefs(lines: readonly string[]): ListedRef[] {
  return lines.map((line) => {
    const [oid = "", type = "", peeled = "", peeledType = "", name = ""] = line.split(" ");
    const commit = type === "commit" ? oid : peeledType === "commit" ? peeled : undefined;
    const ref = { name, oid, type: type as ObjectType, ...(commit !== undefined && { commit }) };
    return { ref, needsPeeling: peeledType === "tag" };
  });
}
