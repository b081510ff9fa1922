import type { Oid } from "../../../core/identity/oid.ts";
import { inBatches } from "../in-batches.ts";
import type { ObjectReader } from "../objects/object-reader.ts";

/** Objects that are looked up at the same time. */
const MAX_CONCURRENT_READS = 256;
/** git's warning about a ref whose history ends where the remote was cloned with a depth; it exits with 0. */
const SHALLOW = /^warning: rejected ([0-9a-f]{40,64}) because shallow roots are not allowed to be updated$/gm;
const SHALLOW_PROBLEM =
  "the remote is a shallow clone and lacks a part of its history: run git fetch --unshallow in it";

/** The objects that a successful `git fetch` has not taken, from its messages. */
export function readDeclined(stderr: string): ReadonlySet<Oid> {
  return new Set([...stderr.matchAll(SHALLOW)].map(([, oid = ""]) => oid));
}

/**
 * Why refs (full name → object id) cannot be held after a `git fetch` that succeeded, by name: a ref that the remote
 * lists must either be held or be refused, since one that is neither looks like a deleted one. Looks up each object.
 */
export async function findDeclined(
  reader: Pick<ObjectReader, "info">,
  names: readonly string[],
  oids: ReadonlyMap<string, Oid>,
  declined: ReadonlySet<Oid>,
): Promise<ReadonlyMap<string, string>> {
  const problems = await inBatches(names, MAX_CONCURRENT_READS, async (name) => {
    const oid = oids.get(name) ?? "";
    if (declined.has(oid)) return SHALLOW_PROBLEM;
    const type = (await reader.info(oid))?.type;
    if (type === undefined) return `the remote lists object ${oid} and has not sent it`;
    // git writes no other object into a branch.
    const isUnfit = name.startsWith("refs/heads/") && type !== "commit";
    return isUnfit ? `the branch leads to a ${type}, and not to a commit` : undefined;
  });
  return new Map(names.flatMap((name, index) => (problems[index] === undefined ? [] : [[name, problems[index]]])));
}
