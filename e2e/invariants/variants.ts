import { readRecord } from "../../src/core/rollouts/record.ts";
import { isAsWanted } from "../../src/core/variants/defaults.ts";
import { isOwnedBy } from "../../src/core/variants/ownership.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { conditionOf, keyOf } from "./situation.ts";

/**
 * 3: a variant has one draft or proposal of its package at most, and status names none that it does not have; no target
 * of a rollout is ahead of its wave.
 */
export function checkVariants({ sets, variants, revisions }: ClusterView): readonly Violation[] {
  return [...checkSets(sets, variants), ...checkRollouts(sets, variants), ...checkDrafts(variants, revisions)];
}

/** What a rollout has written belongs to a wave that has begun, and is taken back where it was rolled back. */
function checkRollouts(sets: ClusterView["sets"], variants: ClusterView["variants"]): readonly Violation[] {
  return sets.flatMap((set) => {
    const { rollout } = set.status ?? {};
    if (rollout === undefined) return [];
    return variantsOf(set, variants).flatMap((variant) => {
      const record = readRecord(variant);
      if (record?.rollout !== rollout.id) return [];
      // With fewer steps than before, all waves are out.
      const isAhead = record.wave > rollout.wave && rollout.wave < rollout.waves;
      const { former } = record;
      const isLeft = rollout.state === "RolledBack" && former !== undefined && !isAsWanted(variant.spec, former);
      const found = (message: string) => ({
        invariant: 3 as const,
        subject: `PackageVariant ${keyOf(variant)}`,
        message,
      });
      return [
        ...(isAhead ? [found(`is in wave ${record.wave}, and the rollout ${rollout.id} in wave ${rollout.wave}`)] : []),
        ...(isLeft ? [found(`has not got back what it had before the rollout ${rollout.id}`)] : []),
      ];
    });
  });
}

function variantsOf(set: ClusterView["sets"][number], variants: ClusterView["variants"]): ClusterView["variants"] {
  return variants.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid));
}

/** A set that is up to date has exactly the variants that its status counts. */
function checkSets(sets: ClusterView["sets"], variants: ClusterView["variants"]): readonly Violation[] {
  return sets.flatMap((set) => {
    const own = variantsOf(set, variants);
    const { targets, variants: counted } = set.status ?? {};
    const isUpToDate = conditionOf(set, "Ready")?.reason === "UpToDate";
    if (!isUpToDate || (own.length === targets && own.length === counted)) return [];
    const message = `has ${own.length} variants for ${targets} targets, and status counts ${counted}`;
    return [{ invariant: 3 as const, subject: `PackageVariantSet ${keyOf(set)}`, message }];
  });
}

function checkDrafts(variants: ClusterView["variants"], revisions: ClusterView["revisions"]): readonly Violation[] {
  return variants.flatMap((variant) => {
    const found = (message: string) => ({
      invariant: 3 as const,
      subject: `PackageVariant ${keyOf(variant)}`,
      message,
    });
    const owned = revisions.filter(
      (one) => one.metadata.namespace === variant.metadata.namespace && isOwnedBy(variant, one),
    );
    const { repository, package: name } = variant.spec.downstream;
    const open = owned.filter(({ spec: { packageRevID }, status }) => {
      const isOpen = status?.lifecycle !== "published" && status?.lifecycle !== "deletionProposed";
      return isOpen && packageRevID.repository === repository && packageRevID.package === name;
    });
    const names = open.map(({ metadata }) => metadata.name);
    const { draft, published } = variant.status ?? {};
    const gone = [draft, published].filter(
      (one) => one !== undefined && !owned.some(({ metadata }) => metadata.name === one),
    );
    return [
      ...(names.length > 1 ? [found(`has ${names.length} drafts: ${names.join(", ")}`)] : []),
      ...gone.map((one) => found(`status names ${one}, which it does not have`)),
    ];
  });
}
