import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { isAsWanted } from "../variants/defaults.ts";
import { type RolloutRecord, readRecord } from "./record.ts";
import type { Labelled } from "./waves.ts";

/** What is known of a target of a set with a rollout. */
export interface TargetFacts extends Labelled {
  /** The name of its variant. */
  readonly name: string;
  /** What its variant is to have, with the hash of that; absent for a target that fails. */
  readonly wanted?: { readonly spec: PackageVariantSpec; readonly hash: string };
  readonly variant?: PackageVariant;
  /** The API server refuses its variant. */
  readonly isRefused: boolean;
}

/** A target, with what follows from specs and annotations: reading these takes most of the time of a plan. */
export interface RolloutTarget extends TargetFacts {
  /** Of the rollout that wrote its variant last. What that had before may be large. */
  readonly record?: Omit<RolloutRecord, "former">;
  /** True if its variant has what it is to have. */
  readonly hasWanted: boolean;
  /** How far it is with what it is to have. */
  readonly state: TargetState;
  /** The same with what it had before the rollout; absent if that is not known. */
  readonly formerState?: TargetState;
}

export type TargetState = "published" | "failed" | "pending";

export function rolloutTarget(facts: TargetFacts): RolloutTarget {
  const { variant, wanted } = facts;
  const { former, ...record } = (variant === undefined ? undefined : readRecord(variant)) ?? {};
  const hasWanted = variant !== undefined && wanted !== undefined && isAsWanted(variant.spec, wanted.spec);
  const hasFormer = former !== undefined && variant !== undefined && isAsWanted(variant.spec, former);
  return {
    ...facts,
    ...(isRecord(record) && { record }),
    hasWanted,
    state: stateOf(facts, wanted?.spec, hasWanted),
    ...(former !== undefined && { formerState: stateOf(facts, former, hasFormer) }),
  };
}

function isRecord(record: Partial<RolloutRecord>): record is Omit<RolloutRecord, "former"> {
  return record.rollout !== undefined;
}

function stateOf(
  { variant, isRefused }: TargetFacts,
  spec: PackageVariantSpec | undefined,
  hasSpec: boolean,
): TargetState {
  if (spec === undefined || isRefused) return "failed";
  if (variant === undefined || !hasSpec) return "pending";
  const { metadata, status } = variant;
  if (metadata.deletionTimestamp !== undefined || status?.observedGeneration !== metadata.generation) return "pending";
  const is = (type: string) => status?.conditions?.find((one) => one.type === type);
  if (is("Stalled")?.status === "True") return "failed";
  return is("Ready")?.reason === "Published" ? "published" : "pending";
}
