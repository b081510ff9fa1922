import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import {
  DEFAULT_MAX_REMOVAL_PERCENT,
  type PackageVariantSet,
  type RemovalRecord,
} from "../../api/v1alpha1/package-variant-set.ts";
import { ANNOTATION_CONFIRM_REMOVALS } from "../../api/v1alpha1/well-known.ts";
import { sha256Hex } from "../identity/hash.ts";
import { timestamp } from "../identity/timestamp.ts";

/** Removals within this time are counted together: objects may lose their labels one by one. */
const WINDOW_MS = 24 * 3_600_000;
const SHORT_UID = 12;

export interface GuardResult {
  /** `status.removals`, which is written before anything is removed; undefined: nothing has ever been removed. */
  readonly record?: RemovalRecord;
  readonly held?: { readonly reason: string; readonly message: string };
  /** After this time the window is over, and the removals that are held may be within the limit. */
  readonly recheckAfterMs?: number;
}

/**
 * A selector that suddenly matches much less must not remove a fleet, neither at once nor step by step. Removals in
 * `pending` are not counted again: a variant may not be gone yet, or the operator was killed before it removed it.
 * @param variants of the set, those that are removed among them
 * @param now milliseconds since 1970
 */
export function guardRemovals(
  set: PackageVariantSet,
  variants: readonly PackageVariant[],
  remove: readonly PackageVariant[],
  now: number,
): GuardResult {
  const record = set.status?.removals;
  const uids = remove.map(shortUid);
  const known = new Set(record?.pending);
  const pending = uids.filter((uid) => known.has(uid));
  const added = uids.length - pending.length;
  if (added === 0) return record === undefined ? {} : { record: withPending(record, pending) };
  const start = record === undefined ? Number.NaN : Date.parse(record.since);
  // A clock that was set back must not make a window of years.
  const isOpen = start <= now && now < start + WINDOW_MS;
  const since = isOpen && record !== undefined ? record.since : timestamp(new Date(now));
  const count = (isOpen ? (record?.count ?? 0) : 0) + added;
  const of = Math.max(isOpen ? (record?.of ?? 0) : 0, variants.length);
  const used = record?.confirmed === undefined ? {} : { confirmed: record.confirmed };
  const { maxRemovalPercent = DEFAULT_MAX_REMOVAL_PERCENT } = set.spec;
  if (count <= 1 || count * 100 <= maxRemovalPercent * of) {
    return { record: withPending({ since, of, count, ...used }, uids) };
  }
  const confirm = confirmationOf(set, remove);
  if (set.metadata.annotations?.[ANNOTATION_CONFIRM_REMOVALS] === confirm) {
    const rest = { since: timestamp(new Date(now)), of: variants.length - remove.length, count: 0, confirmed: confirm };
    return { record: withPending(rest, uids) };
  }
  const message =
    `${describe(added, count, since)} of ${of} variants would be removed, more than spec.maxRemovalPercent ` +
    `(${maxRemovalPercent}) within 24 hours: nothing is changed; if that is meant, annotate the set with ` +
    `${ANNOTATION_CONFIRM_REMOVALS}=${confirm}`;
  return {
    held: { reason: "TooManyRemovals", message },
    ...(record !== undefined && { record: withPending(record, pending) }),
    ...(isOpen && { recheckAfterMs: start + WINDOW_MS - now }),
  };
}

/**
 * The value that confirms the removal of exactly these variants, once: it is another one for other variants with these
 * names, after a change of the spec, and after each confirmation.
 */
export function confirmationOf(set: PackageVariantSet, removed: readonly PackageVariant[]): string {
  const { generation = 0 } = set.metadata;
  const uids = removed.map(({ metadata: { name, uid } }) => uid ?? name).toSorted();
  return sha256Hex(JSON.stringify([generation, set.status?.removals?.confirmed ?? "", uids])).slice(0, 16);
}

function describe(added: number, count: number, since: string): string {
  return added === count ? `${count}` : `${added}, and ${count - added} since ${since},`;
}

function withPending({ pending: _, ...record }: RemovalRecord, pending: readonly string[]): RemovalRecord {
  return pending.length === 0 ? record : { ...record, pending: pending.toSorted() };
}

function shortUid({ metadata: { name, uid = name ?? "" } }: PackageVariant): string {
  return uid.slice(0, SHORT_UID);
}
