import type { Oid } from "../core/change/change.ts";
import type { ObjectType, Ref } from "./refs.ts";

/** What `git for-each-ref` is asked for; a tag of a tag has a `peeled` that is a tag again. */
export const refFormat = "%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)";

/** A ref as listed, and the tag that is still to be peeled if `needsPeeling`. */
export interface ListedRef {
  readonly ref: Ref;
  readonly needsPeeling: boolean;
}

export function parseRefs(output: Buffer): ListedRef[] {
  return readLines(output).map((line) => {
    const [oid = "", type = "", peeled = "", peeledType = "", name = ""] = line.split(" ");
    const commit = type === "commit" ? oid : peeledType === "commit" ? peeled : undefined;
    const ref = { name, oid, type: type as ObjectType, ...(commit === undefined ? {} : { commit }) };
    return { ref, needsPeeling: peeledType === "tag" };
  });
}

/** The branches and tags in the output of `git ls-remote`: full name → object id, tags not peeled. */
export function parseRemoteRefs(output: Buffer): Map<string, Oid> {
  const refs = new Map<string, Oid>();
  for (const line of readLines(output)) {
    const [oid = "", name = ""] = line.split("\t");
    if (/^refs\/(?:heads|tags)\//.test(name) && !name.endsWith("^{}")) refs.set(name, oid);
  }
  return refs;
}

/** Names that are not UTF-8 cannot be named by any of our objects, nor passed back to git: they are not seen. */
function readLines(output: Buffer): string[] {
  return output
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.includes("\ufffd"));
}
