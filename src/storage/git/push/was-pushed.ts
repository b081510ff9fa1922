import type { Mirror } from "../mirror/mirror.ts";
import type { RefUpdate } from "../objects/write-objects.ts";

/**
 * True if the remote has what a push wrote whose report was lost. The mirror must have fetched since. Every ref must
 * prove it: it has the pushed value, is a branch that continues from there, or is absent if the push deleted it. One
 * ref is no proof for the others, although a push is atomic: an earlier push of the same second, whose report was lost
 * as well, may have written the same commit for one package and another one for the next. A push that is not proven is
 * planned again, which finds what is there. Starts a git process for each branch that continues.
 */
export async function wasPushed(mirror: Mirror, updates: readonly RefUpdate[]): Promise<boolean> {
  const refs = mirror.refs();
  for (const { ref, to } of updates) {
    const oid = refs.get(ref)?.oid ?? null;
    if (oid === to) continue;
    if (oid === null || to === null || !ref.startsWith("refs/heads/")) return false;
    if (!(await mirror.history.contains(oid, to))) return false;
  }
  return true;
}
