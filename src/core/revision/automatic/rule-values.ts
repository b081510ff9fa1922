import type { PackageChanges } from "../../../api/v1alpha1/package-changes.ts";
import type { PackageRevID } from "../../../api/v1alpha1/package-identity.ts";
import { type CelValue, toCel } from "../../cel/values.ts";
import { recordedLock } from "../upstream-lock.ts";
import { type RecordedPair, upgradeLevel } from "./upgrade-level.ts";

/** What the expressions of automatic rules know of a proposal. */
export interface RuleFacts {
  readonly changes: PackageChanges;
  readonly id: PackageRevID;
  readonly isEdited: boolean;
  /** As the signed commits record it. */
  readonly recorded: RecordedPair;
  /** The published revision that it began from. */
  readonly base: string;
  /** The name of its PackageVariant; empty without one. */
  readonly variant: string;
}

/** The values of the variables of an expression. */
export type RuleValues = ReadonlyMap<string, CelValue>;

/**
 * Computed once for all rules: a change may have thousands of fields. Depends on what Git has, except for the name of
 * the variant.
 */
export function ruleValues(facts: RuleFacts): RuleValues {
  const { changes, id, isEdited, recorded, base, variant } = facts;
  const { diff: _diff, undiffedCount: _count, isImageVersions = false, otherFileCount = 0, ...change } = changes;
  const { before, after } = recorded;
  const { target = "catalog", repository, realm = "", package: name, workspace } = id;
  return new Map([
    ["change", toCel({ ...change, isImageVersions, otherFileCount })],
    ["upgrade", toCel({ level: upgradeLevel(recorded), from: recordedLock(before), to: recordedLock(after) })],
    [
      "revision",
      toCel({
        ...{ target, repository, realm, package: name, workspace, base, isEdited, variant },
        labels: after.labels ?? {},
      }),
    ],
  ]);
}
