import type { Oid } from "../../../core/identity/oid.ts";
import { NAME_RESEMBLES_SECRET, WITHHELD_NAME } from "../error-text.ts";
import { containsSecret } from "../secret-likeness.ts";
import { type ObjectType, parentNamesOf, type Ref, type RefusedRef, refNameProblem } from "./ref-table.ts";

/** The `--format` of `git for-each-ref` that `parseRefs` reads. */
export const REF_FORMAT = "%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)";

/** `needsPeeling`: a tag of a tag. git 2.39 peels only once, so that `ref.commit` is absent. */
export interface ListedRef {
  readonly ref: Ref;
  readonly needsPeeling: boolean;
}

/** Parses the output of `git for-each-ref --format=REF_FORMAT`. */
export function parseRefs(output: Buffer): ListedRef[] {
  return readLines(output).map((line) => {
    const [oid = "", type = "", peeled = "", peeledType = "", name = ""] = line.split(" ");
    const commit = type === "commit" ? oid : peeledType === "commit" ? peeled : undefined;
    const ref = { name, oid, type: type as ObjectType, ...(commit !== undefined && { commit }) };
    return { ref, needsPeeling: peeledType === "tag" };
  });
}

/** The refs that a remote lists. */
export interface RemoteRefs {
  /** Branches and tags: full name → object id, tags not peeled. */
  readonly refs: ReadonlyMap<string, Oid>;
  /** Refs whose names no repository can hold, either at all or beside one of `refs`. */
  readonly unusable: readonly RefusedRef[];
}

/**
 * Parses the output of `git ls-remote`. The names are untrusted: git prints whatever the remote sends. A name with one
 * of the secrets is used nowhere, since it would be that of a branch, an object and its messages.
 *
 * @param isKnown Names that were used before are not looked at again: a remote has thousands, and few are new.
 */
export function parseRemoteRefs(
  output: Buffer,
  secrets: readonly string[] = [],
  isKnown: (name: string) => boolean = () => false,
): RemoteRefs {
  const refs = new Map<string, Oid>();
  const unusable: RefusedRef[] = [];
  const refuse = (ref: string, oid: Oid, problem: string) =>
    unusable.push({ ref, oid, reason: "UnusableName", message: `the name ${problem}` });
  const lines = readLines(output);
  // Most remotes have none: one look at all names.
  const added = lines.map((line) => line.slice(line.indexOf("\t") + 1)).filter((name) => !isKnown(name));
  const isSuspect = containsSecret(added.join("\n"), secrets);
  for (const line of lines) {
    const tab = line.indexOf("\t");
    const [oid, name] = [line.slice(0, tab), line.slice(tab + 1)];
    if (!/^refs\/(?:heads|tags)\//.test(name) || name.endsWith("^{}")) continue;
    if (isSuspect && !isKnown(name) && containsSecret(name, secrets)) {
      const kind = name.startsWith("refs/tags/") ? "tags" : "heads";
      // Numbered, since refs are known by their names.
      refuse(`refs/${kind}/${WITHHELD_NAME} ${unusable.length + 1}`, oid, NAME_RESEMBLES_SECRET);
      continue;
    }
    const problem = refNameProblem(name);
    if (problem === undefined) refs.set(name, oid);
    else refuse(name, oid, problem);
  }
  // Of two names that exclude each other the shorter one is kept.
  for (const [name, oid] of [...refs].sort(([a], [b]) => a.length - b.length)) {
    const other = parentNamesOf(name).find((parent) => refs.has(parent));
    if (other === undefined) continue;
    refs.delete(name);
    refuse(name, oid, `cannot be beside ${other}`);
  }
  return { refs, unusable };
}

/** Without names that are not UTF-8: neither an object's fields nor an argument of git could hold them. */
function readLines(output: Buffer): string[] {
  return output
    .toString()
    .split("\n")
    .filter((line) => line !== "" && !line.includes("\ufffd"));
}
