import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { isAsWanted } from "../variants/defaults.ts";
import type { Labelled } from "./waves.ts";

/** A target of a set with a rollout. */
export interface RolloutTarget extends Labelled {
  /** The name of its variant. */
  readonly name: string;
  /** What its variant is to have, with the hash of that; absent for a target that fails. */
  readonly wanted?: { readonly spec: PackageVariantSpec; readonly hash: string };
  readonly variant?: PackageVariant;
  /** The API server refuses its variant. */
  readonly isRefused: boolean;
}

export type TargetState = "published" | "failed" | "pending";

/** How far a target is with what it is to have. */
export function stateOf({ variant, wanted, isRefused }: RolloutTarget, spec = wanted?.spec): TargetState {
  if (spec === undefined || isRefused) return "failed";
  if (variant === undefined || !isAsWanted(variant.spec, spec)) return "pending";
  const { metadata, status } = variant;
  if (metadata.deletionTimestamp !== undefined || status?.observedGeneration !== metadata.generation) return "pending";
  const is = (type: string) => status?.conditions?.find((one) => one.type === type);
  if (is("Stalled")?.status === "True") return "failed";
  return is("Ready")?.reason === "Published" ? "published" : "pending";
}

/** True if its variant has what it is to have. */
export function hasWanted({ variant, wanted }: RolloutTarget): boolean {
  return variant !== undefined && wanted !== undefined && isAsWanted(variant.spec, wanted.spec);
}
