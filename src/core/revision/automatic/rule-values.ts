import type { PackageChanges } from "../../../api/v1alpha1/package-changes.ts";
import type { PackageRevID } from "../../../api/v1alpha1/package-identity.ts";
import { type CelValue, toCel } from "../../cel/values.ts";
import type { RecordedMetadata } from "../recorded-metadata.ts";
import type { NamedLock } from "../upstream-lock.ts";
import { upgradeLevel } from "./upgrade-level.ts";

/** What the expressions of automatic rules know of a proposal. */
export interface RuleFacts {
  readonly changes: PackageChanges;
  readonly locks: { readonly before: NamedLock | undefined; readonly after: NamedLock | undefined };
  readonly id: PackageRevID;
  readonly isEdited: boolean;
  /** As the signed commit records it. */
  readonly recorded: RecordedMetadata;
  /** The published revision that it began from. */
  readonly base: string;
  /** The name of its PackageVariant; empty without one. */
  readonly variant: string;
}

/** The values of the variables of an expression. Depends on what Git has, except for the name of the variant. */
export function ruleValues(facts: RuleFacts): ReadonlyMap<string, CelValue> {
  const { changes, locks, id, isEdited, recorded, base, variant } = facts;
  const { diff: _diff, undiffedCount: _count, isImageVersions = false, otherFileCount = 0, ...change } = changes;
  const { target = "catalog", repository, realm = "", package: name, workspace } = id;
  return new Map([
    ["change", toCel({ ...change, isImageVersions, otherFileCount })],
    ["upgrade", toCel({ level: upgradeLevel(locks.before, locks.after), from: locks.before, to: locks.after })],
    [
      "revision",
      toCel({
        ...{ target, repository, realm, package: name, workspace, base, isEdited, variant },
        labels: recorded.labels ?? {},
      }),
    ],
  ]);
}
