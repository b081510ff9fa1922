import type { Mirror } from "../mirror/mirror.ts";
import type { RefUpdate } from "../objects/write-objects.ts";

/**
 * True if the remote applied a push whose report was lost. The mirror must have fetched since. A push is atomic and no
 * other client writes the same commits and tags, so one ref is proof: it has the pushed value, or is a branch that
 * continues from there. If the push only deletes, all its refs must be absent. May start git processes.
 */
export async function wasPushed(mirror: Mirror, updates: readonly RefUpdate[]): Promise<boolean> {
  const refs = mirror.refs();
  const written = updates.flatMap(({ ref, to }) => (to === null ? [] : [{ ref, to }]));
  if (written.length === 0) return updates.every(({ ref }) => !refs.has(ref));
  for (const { ref, to } of written) {
    const oid = refs.get(ref)?.oid;
    if (oid === undefined) continue;
    if (oid === to || (ref.startsWith("refs/heads/") && (await mirror.history.contains(oid, to)))) return true;
  }
  return false;
}
