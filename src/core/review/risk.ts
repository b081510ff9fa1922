import type { ResourceName, ReviewObject } from "./read-objects.ts";

/** What a reviewer should look at first, the worst first. */
export const RISK_MARKS = [
  "ClusterWideRights",
  "PrivilegedContainer",
  "HostAccess",
  "SecretInClear",
  "DeletesData",
  "DefinitionVersionRemoved",
  "DefinitionFieldRemoved",
  "RegistryChanged",
  "ImageChanged",
  "ReplicasZero",
] as const;

export type RiskMark = (typeof RISK_MARKS)[number];

export interface Risk {
  readonly mark: RiskMark;
  readonly file: string;
  /** Absent for a file that holds no object. */
  readonly resource?: ResourceName;
  readonly field?: string;
  /** What is risky: a clause, such as `runs privileged`. */
  readonly message: string;
}

/** An object before and after; undefined where it is not there. */
export interface ObjectPair {
  readonly before: ReviewObject | undefined;
  readonly after: ReviewObject | undefined;
}

/** What rules ask about the package as a whole. */
export interface RiskScope {
  /** The registries of images that the package had before; undefined if it is new. */
  readonly knownRegistries: () => ReadonlySet<string> | undefined;
}

export type Found = Pick<Risk, "mark" | "field" | "message">;

/** Finds what is risky in the change of one object. Pure; takes linear time. */
export type RiskRule = (pair: ObjectPair, scope: RiskScope) => readonly Found[];

/** What is risky in an object by itself. */
export interface Feature extends Found {
  /** What is the same in another place of the object has the same key. */
  readonly key: string;
}

/** The rule that an object must not get what it did not have. */
export function newFeatures(featuresOf: (one: ReviewObject) => readonly Feature[]): RiskRule {
  return ({ before, after }) => {
    const features = after === undefined ? [] : featuresOf(after);
    if (features.length === 0) return [];
    const known = new Set(before && featuresOf(before).map(({ key }) => key));
    return features.filter(({ key }) => !known.has(key)).map(({ key: _, ...found }) => found);
  };
}
