import { isOwnedBy } from "../../src/core/variants/ownership.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { conditionOf, keyOf } from "./situation.ts";

/** 3: a variant has one draft or proposal of its package at most, and status names none that it does not have. */
export function checkVariants({ sets, variants, revisions }: ClusterView): readonly Violation[] {
  return [...checkSets(sets, variants), ...checkDrafts(variants, revisions)];
}

/** A set that is up to date has exactly the variants that its status counts. */
function checkSets(sets: ClusterView["sets"], variants: ClusterView["variants"]): readonly Violation[] {
  return sets.flatMap((set) => {
    const own = variants.filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid),
    );
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
