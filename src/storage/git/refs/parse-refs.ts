import type { Oid } from "../../../core/identity/oid.ts";
import { foldersOf, type ObjectType, type Ref, type RefusedRef, refNameProblem } from "./ref-table.ts";

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

/** What a remote says it has. */
export interface RemoteRefs {
  /** Branches and tags: full name → object id, tags not peeled. */
  readonly refs: ReadonlyMap<string, Oid>;
  /** Those whose names no repository can hold, alone or beside another one of these. */
  readonly unusable: readonly RefusedRef[];
}

/** Reads the output of `git ls-remote`, which says whatever the remote says. */
export function parseRemoteRefs(output: Buffer): RemoteRefs {
  const refs = new Map<string, Oid>();
  const unusable: RefusedRef[] = [];
  const refuse = (ref: string, oid: Oid, problem: string) =>
    unusable.push({ ref, oid, reason: "UnusableName", message: `the name ${problem}` });
  for (const line of readLines(output)) {
    const tab = line.indexOf("\t");
    const [oid, name] = [line.slice(0, tab), line.slice(tab + 1)];
    if (!/^refs\/(?:heads|tags)\//.test(name) || name.endsWith("^{}")) continue;
    const problem = refNameProblem(name);
    if (problem === undefined) refs.set(name, oid);
    else refuse(name, oid, problem);
  }
  // Of two names that exclude each other the shorter one stays.
  for (const [name, oid] of [...refs].sort(([a], [b]) => a.length - b.length)) {
    const other = foldersOf(name).find((folder) => refs.has(folder));
    if (other === undefined) continue;
    refs.delete(name);
    refuse(name, oid, `cannot be beside ${other}`);
  }
  return { refs, unusable };
}

/** Names that are not UTF-8 cannot be named by any of our objects, nor passed back to git: they are not seen. */
function readLines(output: Buffer): string[] {
  return output
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.includes("\ufffd"));
}
