/** As often as a kubelet reports a node of which nothing has changed. */
const INTERVAL_MS = 300_000;

/**
 * Whether a sync that found nothing new writes its time. Not each of them does: a sync costs no write, and thousands of
 * Repositories sync every minute. So the time shows to within five minutes whether the operator is at work.
 * @param last RFC 3339, of the last sync that succeeded; undefined: never
 */
export function isSyncTimeDue(last: string | undefined, now: Date): boolean {
  const age = now.getTime() - Date.parse(last ?? "");
  // NaN without a valid time; negative after a clock that was wrong.
  return !(age >= 0 && age < INTERVAL_MS);
}
