import { describe, expect, it } from "vitest";
import type { Condition } from "../../api/v1alpha1/conditions.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { describePolicies, ENFORCED, type UnenforcedPolicies } from "../../core/admission/policy-state.ts";
import { staleReadiness } from "./report-policies.ts";

const MISSING: UnenforcedPolicies = { kind: "missing", findings: [{ kind: "Policy", name: "p", problem: "is gone" }] };
const SETTLING: UnenforcedPolicies = { kind: "missing", findings: [], settling: true };

const repositoryWith = (ready: Partial<Condition>, metadata: object = {}) =>
  ({ metadata: { name: "fleet", ...metadata }, status: { conditions: [{ type: "Ready", ...ready }] } }) as Repository;
const synced = { status: "True", reason: "Synced", message: "packages: 1" } as const;
const reported = { status: "False", reason: "PoliciesMissing", message: describePolicies(MISSING) } as const;
const failed = { status: "False", reason: "AuthenticationFailed", message: "no" } as const;

describe("the conditions of a Repository whose sync waits", () => {
  it.each([
    ["policies that are missing", synced, MISSING, { state: "stalled", reason: "PoliciesMissing" }],
    ["policies that are not known", synced, { kind: "unknown", message: "?" } as const, { state: "reconciling" }],
    ["others that are missing", reported, SETTLING, { state: "reconciling", reason: "PoliciesMissing" }],
    ["policies that are back", reported, ENFORCED, { state: "reconciling", reason: "Syncing" }],
  ])("are stale with %s", (_, ready, policies, expected) => {
    expect(staleReadiness(repositoryWith(ready), policies)).toMatchObject(expected);
  });

  it.each([
    ["enforced policies", synced, ENFORCED],
    ["what is reported already", reported, MISSING],
    ["another failure, which the next sync reports as well", failed, MISSING],
    ["another failure, and enforced policies", failed, ENFORCED],
  ])("stay with %s", (_, ready, policies) => {
    expect(staleReadiness(repositoryWith(ready), policies)).toBeUndefined();
  });

  it("stay before the first sync, and during a deletion", () => {
    expect(staleReadiness({ metadata: { name: "fleet" } } as Repository, MISSING)).toBeUndefined();
    const deleted = repositoryWith(synced, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    expect(staleReadiness(deleted, MISSING)).toBeUndefined();
  });
});
