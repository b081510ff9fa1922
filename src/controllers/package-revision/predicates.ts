import type { Condition } from "../../api/v1alpha1/conditions.ts";
import { type PackageRevision, PUSH_REJECTED } from "../../api/v1alpha1/package-revision.ts";
import { OUR_CONDITIONS } from "../../core/conditions/conditions.ts";
import { canonicalJson } from "../../core/identity/canonical-json.ts";

/**
 * Whether nothing changed but how we tell it: why something is not ready, in which words, since when, that the remote does not consent,
 * and whether it goes on by itself. That is no reason to look again: a remote that refuses each push in other words would be asked
 * without end. What else it waits for is one: it may have come before it was known that somebody waits.
 */
export function isOwnStatusTextChange(next: PackageRevision, previous: PackageRevision): boolean {
  return canonicalJson(withoutTelling(next)) === canonicalJson(withoutTelling(previous));
}

/** The spec is told by its generation: it may be too deep to be compared. */
function withoutTelling({ metadata, status }: PackageRevision): object {
  const { resourceVersion: _, ...named } = metadata;
  const { observedGeneration: __, waitingFor: ___, conditions = [], ...seen } = status ?? {};
  return { named, seen, waits: waitingBesidesRemote(status), conditions: conditions.flatMap(factOf) };
}

/** What a wish waits for, but for the remote's consent: that is tried for, and nothing tells of it. */
export function waitingBesidesRemote(status: PackageRevision["status"]): readonly string[] {
  return status?.waitingFor?.filter((one) => one !== PUSH_REJECTED) ?? [];
}

/** Gates may name `Ready` and `FilesValid`, too: their status counts. */
function factOf(condition: Condition): readonly object[] {
  const { type, status } = condition;
  if (type === "Reconciling" || type === "Stalled") return [];
  return [OUR_CONDITIONS.has(type) ? { type, status } : condition];
}
