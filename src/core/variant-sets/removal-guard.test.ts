import { describe, expect, it } from "vitest";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet, RemovalRecord } from "../../api/v1alpha1/package-variant-set.ts";
import { ANNOTATION_CONFIRM_REMOVALS } from "../../api/v1alpha1/well-known.ts";
import { confirmationOf, guardRemovals } from "./removal-guard.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const HOUR = 3_600_000;
const fleet = (...uids: readonly number[]) =>
  uids.map((uid) => ({ metadata: { name: `v${uid}`, uid: `${uid}`.padStart(12, "0") } }) as PackageVariant);
const TEN = fleet(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
const FORMER = { since: "2026-03-01T11:00:00Z", of: 10, count: 2 };

function setOf(removals?: RemovalRecord, { confirm = "", generation = 1 } = {}): PackageVariantSet {
  const metadata = { name: "fleet", generation, annotations: { [ANNOTATION_CONFIRM_REMOVALS]: confirm } };
  const status = { observedGeneration: 1, ...(removals !== undefined && { removals }) };
  return { metadata, spec: {}, status } as unknown as PackageVariantSet;
}

/** Removes variants one after the other, as labels are taken away; returns how many went before it was held. */
function removeEach(all: readonly PackageVariant[], stepMs: number): number {
  let record: RemovalRecord | undefined;
  for (const [index, one] of all.entries()) {
    const result = guardRemovals(setOf(record), all.slice(index), [one], NOW + index * stepMs);
    if (result.held !== undefined) return index;
    record = result.record;
  }
  return all.length;
}

describe("guardRemovals", () => {
  it("lets no more go one by one than at once", () => {
    expect(guardRemovals(setOf(), TEN, TEN.slice(8), NOW)).toEqual({
      record: { since: "2026-03-01T12:00:00Z", of: 10, count: 2, pending: ["000000000008", "000000000009"] },
    });
    expect(guardRemovals(setOf(), TEN, TEN.slice(7), NOW).held?.reason).toBe("TooManyRemovals");
    expect(removeEach(TEN, HOUR)).toBe(2);
    expect(removeEach(TEN, 25 * HOUR)).toBe(10);
    // One of few may always go.
    expect(removeEach(fleet(1, 2, 3), 0)).toBe(1);
  });

  it("begins to count again after a day, and says when", () => {
    const [gone] = TEN;
    const held = guardRemovals(setOf(FORMER), TEN.slice(2), TEN.slice(2, 3), NOW);
    expect(held).toMatchObject({ record: FORMER, recheckAfterMs: 23 * HOUR });
    expect(held.held?.message).toMatch(/^1, and 2 since 2026-03-01T11:00:00Z, of 10 variants would be removed/);
    const later = guardRemovals(setOf(FORMER), TEN.slice(2), TEN.slice(2, 3), NOW + 23 * HOUR);
    expect(later.record).toMatchObject({ since: "2026-03-02T11:00:00Z", of: 8, count: 1 });
    // A record of the future, from a clock that was set back since, holds nothing for years.
    const future = { ...FORMER, since: "2027-01-01T00:00:00Z" };
    expect(guardRemovals(setOf(future), TEN, gone === undefined ? [] : [gone], NOW).record).toMatchObject({ count: 1 });
  });

  it("does not count again what was recorded and is not gone yet", () => {
    const { record } = guardRemovals(setOf(), TEN, TEN.slice(8), NOW);
    expect(guardRemovals(setOf(record), TEN, TEN.slice(8), NOW)).toEqual({ record });
    expect(guardRemovals(setOf(record), TEN.slice(0, 9), TEN.slice(8, 9), NOW)).toEqual({
      record: { ...record, pending: ["000000000008"] },
    });
    const none = { since: "2026-03-01T12:00:00Z", of: 10, count: 2 };
    expect(guardRemovals(setOf(record), TEN.slice(0, 8), [], NOW)).toEqual({ record: none });
    expect(guardRemovals(setOf(), TEN, [], NOW)).toEqual({});
  });

  it("takes a confirmation for one plan, once", () => {
    const remove = TEN.slice(2);
    const confirm = confirmationOf(setOf(), remove);
    const { record, held } = guardRemovals(setOf(undefined, { confirm }), TEN, remove, NOW);
    expect(held).toBeUndefined();
    expect(record).toMatchObject({ of: 2, count: 0, confirmed: confirm, pending: { length: 8 } });
    // The operator was ended in between.
    expect(guardRemovals(setOf(record, { confirm }), TEN.slice(0, 5), TEN.slice(2, 5), NOW).held).toBeUndefined();
    // The same targets went, came back before they were removed, and went again; or have new variants.
    const { record: back } = guardRemovals(setOf(record, { confirm }), TEN, [], NOW);
    expect(guardRemovals(setOf(back, { confirm }), TEN, remove, NOW).held?.reason).toBe("TooManyRemovals");
    const others = TEN.map(
      ({ metadata }) => ({ metadata: { ...metadata, uid: `1${metadata.uid}` } }) as PackageVariant,
    );
    expect(guardRemovals(setOf(undefined, { confirm }), others, others.slice(2), NOW).held).toBeDefined();
    expect(guardRemovals(setOf(undefined, { confirm, generation: 2 }), TEN, remove, NOW).held).toBeDefined();
    // It can be confirmed again, by another value.
    const again = confirmationOf(setOf(back), remove);
    expect(again).not.toBe(confirm);
    expect(guardRemovals(setOf(back, { confirm: again }), TEN, remove, NOW).held).toBeUndefined();
  });
});
