import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet, RemovalRecord } from "../../api/v1alpha1/package-variant-set.ts";
import type { RolloutPlan } from "../rollouts/plan.ts";
import type { UpstreamSource } from "../rollouts/resolve-target.ts";
import type { Target } from "./targets.ts";

/** A target that has no variant as the spec wants it. */
export interface FailedTarget {
  readonly target: string;
  readonly reason: string;
  readonly message: string;
}

/** What is to be done for a set. Targets that fail keep the variants that they have. */
export interface SetPlan {
  /** Number of targets, those that fail included. */
  readonly targets: number;
  readonly create: readonly { readonly name: string; readonly spec: PackageVariantSpec; readonly record?: string }[];
  readonly change: readonly {
    readonly variant: PackageVariant;
    readonly spec: PackageVariantSpec;
    readonly record?: string;
  }[];
  readonly remove: readonly PackageVariant[];
  readonly failed: readonly FailedTarget[];
  /** Why nothing may be done. */
  readonly held?: { readonly reason: string; readonly message: string };
  /** What is to be in status before `remove` is carried out. */
  readonly removals?: RemovalRecord;
  /** When it may be carried out, though nothing changes. */
  readonly recheckAfterMs?: number;
  /** Of a set that has one: `create` and `change` are what may go out now. Absent in a dry run, which has all. */
  readonly rollout?: RolloutPlan;
}

export interface SetObservation extends UpstreamSource {
  readonly set: PackageVariantSet;
  /** Those of this set. */
  readonly variants: readonly PackageVariant[];
  /** The names of variants that the API server has just refused. */
  readonly refused?: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A target with its variant's name, and what that is to have: absent for one that fails. */
export interface PlannedTarget {
  readonly target: Target;
  readonly name: string;
  readonly spec?: PackageVariantSpec;
}
