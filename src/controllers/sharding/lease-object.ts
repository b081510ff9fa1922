import type { ObjectKey } from "../../api/meta.ts";
import type { Lease } from "../../api/resources.ts";
import type { Membership } from "../../core/sharding/membership.ts";
import { microTime } from "../../kube/clock.ts";

/** Contains the membership as JSON. The spec only shows the oldest member, as `kubectl get lease` prints it. */
export const ANNOTATION_REPLICAS = "pkgserver.dev/replicas";

/** Undefined without the annotation and where it cannot be parsed: then `holderIdentity` holds the Lease alone. */
export function readMembership({ metadata }: Lease): Membership | undefined {
  try {
    const { epoch, members, settling } = JSON.parse(metadata.annotations?.[ANNOTATION_REPLICAS] ?? "{}");
    const counts = Object.entries(members as object);
    const isValid = Number.isSafeInteger(epoch) && counts.every(([, count]) => Number.isSafeInteger(count));
    return isValid && Array.isArray(settling)
      ? { epoch, members: Object.fromEntries(counts), draining: settling }
      : undefined;
  } catch {
    return undefined;
  }
}

/** `settling` is called draining in the code: replicas of earlier versions read the annotation. */
function renderMembership({ epoch, members, draining }: Membership): string {
  return JSON.stringify({ epoch, members, settling: draining });
}

/** The Lease `key` with another membership; the rest of `before`, the Lease as it was read, stays. */
export function leaseWith(
  key: ObjectKey,
  before: Lease | undefined,
  membership: Membership,
  { durationMs, date }: { readonly durationMs: number; readonly date: Date },
): Lease {
  const previous = before?.spec?.holderIdentity ?? "";
  const [holderIdentity = "", ...others] = Object.keys(membership.members);
  const isSameHolder = previous === holderIdentity;
  const own = durationMs / 1000;
  // During a change of the duration, the other replicas may still rely on the previous one.
  const longest = others.length === 0 ? own : Math.max(own, before?.spec?.leaseDurationSeconds ?? 0);
  const now = microTime(date);
  const spec: NonNullable<Lease["spec"]> = {
    holderIdentity,
    leaseDurationSeconds: holderIdentity === "" ? 1 : longest,
    acquireTime: (isSameHolder ? before?.spec?.acquireTime : undefined) ?? now,
    renewTime: now,
    leaseTransitions: (before?.spec?.leaseTransitions ?? 0) + (before === undefined || isSameHolder ? 0 : 1),
  };
  const annotations = { ...before?.metadata.annotations, [ANNOTATION_REPLICAS]: renderMembership(membership) };
  return { ...before, metadata: { ...(before?.metadata ?? key), annotations }, spec };
}
