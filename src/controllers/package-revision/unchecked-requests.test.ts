import { beforeEach, describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CONFIRM_BASE, ANNOTATION_REBASE_REQUESTED_BY } from "../../api/v1alpha1/well-known.ts";
import { ENFORCED, type PolicyState } from "../../core/admission/policy-state.ts";
import { aRevision } from "../../core/testing/observed.ts";
import { missing, settling, unknown } from "../../core/testing/plan-cases.ts";
import { UncheckedRequests } from "./unchecked-requests.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;
const approved = (by = "bob", lifecycle: "proposed" | "published" = "proposed") =>
  aRevision({ spec: { lifecycle: "published", approval: { digest: DIGEST, by } }, status: { lifecycle } });
const judged = (lifecycle: "draft" | "published" = "draft") =>
  aRevision({ status: { lifecycle, gates: [{ conditionType: "scanned", digest: DIGEST, status: "True" }] } });
const deleted = aRevision({ deleted: true, status: { lifecycle: "deletionProposed" } });
const plain = aRevision({ status: { lifecycle: "draft" } });
const missingOf = (name: string): PolicyState => ({
  kind: "missing",
  findings: [{ kind: "ValidatingAdmissionPolicy", name, problem: "is not installed" }],
});
const gatesMissing = missingOf("pkgserver-gates");

describe("UncheckedRequests", () => {
  let state: PolicyState;
  let unchecked: UncheckedRequests;
  const become = (next: PolicyState, objects: readonly PackageRevision[] = []) => {
    state = next;
    unchecked.noteState(next, objects);
  };
  beforeEach(() => {
    state = ENFORCED;
    unchecked = new UncheckedRequests({ state: () => state });
  });

  it("remember an approval that came while a policy was missing, until it is taken back", () => {
    become(missing);
    unchecked.noteObject(approved());
    become(settling);
    become(ENFORCED);
    expect(unchecked.stateFor(approved())).toMatchObject({ kind: "missing" });
    expect(unchecked.concerns(approved())).toBe(true);
    // Given again, and checked, before the cache has shown that it was gone.
    expect(unchecked.stateFor(approved("zoe"))).toBe(ENFORCED);
    unchecked.noteObject(plain);
    unchecked.noteObject(approved());
    expect(unchecked.stateFor(approved())).toBe(ENFORCED);
  });

  it("remember approvals, deletions and verdicts that were there when that was noticed", () => {
    become(gatesMissing, [approved()]);
    become(ENFORCED);
    expect(unchecked.stateFor(approved())).toMatchObject({ kind: "missing" });
    become(gatesMissing, [deleted]);
    become(ENFORCED);
    expect(unchecked.stateFor(deleted)).toMatchObject({ kind: "missing" });
    become(gatesMissing, [judged()]);
    expect(unchecked.voidGrants(judged())).toEqual([]);
    become(ENFORCED);
    expect(unchecked.voidGrants(judged())).toEqual(["verdicts"]);
    expect(unchecked.stateFor(judged())).toBe(ENFORCED);
    unchecked.forget(judged());
    for (const one of [approved(), deleted]) expect(unchecked.stateFor(one)).toBe(ENFORCED);
    expect(unchecked.voidGrants(judged())).toEqual([]);
  });

  it.each<[string, readonly PolicyState[], boolean]>([
    ["that of gates was missing", [gatesMissing], true],
    ["it is not known which one was missing", [settling], true],
    ["another one was missing", [missing, settling], false],
    ["it was not known", [unknown], false],
  ])("remember verdicts if they may be unchecked: %s", (_, states, areVoid) => {
    for (const one of states) become(one, [judged()]);
    become(ENFORCED);
    expect(unchecked.voidGrants(judged()).length > 0).toBe(areVoid);
  });

  it("remember further approvals that nobody has checked, until they are removed", () => {
    const further = aRevision({ spec: { approvals: { bob: { digest: DIGEST } } }, status: { lifecycle: "proposed" } });
    become(missingOf("pkgserver-co-approval"), [further]);
    become(ENFORCED);
    expect(unchecked.voidGrants(further)).toEqual(["approvals"]);
    unchecked.noteObject(aRevision({ spec: { approvals: {} }, status: { lifecycle: "proposed" } }));
    expect(unchecked.voidGrants(further)).toEqual([]);
  });

  it("remember a verdict of the time in which it is enforced again, until it is removed", () => {
    become(missing);
    become(settling);
    unchecked.noteObject(judged());
    become(ENFORCED);
    expect(unchecked.voidGrants(judged())).toEqual(["verdicts"]);
    unchecked.noteObject(plain);
    unchecked.noteObject(judged());
    expect(unchecked.voidGrants(judged())).toEqual([]);
  });

  it("remember a confirmation that came while the policy of approvals in advance was missing", () => {
    const confirmed = aRevision({ status: { lifecycle: "draft" }, annotations: { [ANNOTATION_CONFIRM_BASE]: "v1" } });
    become(gatesMissing);
    unchecked.noteObject(confirmed);
    become(ENFORCED);
    expect(unchecked.voidGrants(confirmed)).toEqual([]);
    become(missingOf("pkgserver-approval-ahead"));
    unchecked.noteObject(confirmed);
    become(ENFORCED);
    expect(unchecked.voidGrants(confirmed)).toEqual(["confirmation"]);
  });

  it("remember a request to rebase that came while its policy was missing, until it is gone", () => {
    const asked = aRevision({
      status: { lifecycle: "draft" },
      annotations: { [ANNOTATION_REBASE_REQUESTED_BY]: "bob" },
    });
    become(gatesMissing);
    unchecked.noteObject(asked);
    become(ENFORCED);
    expect(unchecked.voidGrants(asked)).toEqual([]);
    become(missingOf("pkgserver-rebase"));
    unchecked.noteObject(asked);
    become(ENFORCED);
    expect(unchecked.voidGrants(asked)).toEqual(["rebase"]);
    expect(unchecked.concerns(asked)).toBe(true);
    unchecked.noteObject(aRevision({ status: { lifecycle: "draft" } }));
    unchecked.noteObject(asked);
    expect(unchecked.voidGrants(asked)).toEqual([]);
  });

  it("are none of what is published", () => {
    become(settling, [approved("bob", "published"), judged("published")]);
    become(ENFORCED);
    expect(unchecked.concerns(approved("bob", "published"))).toBe(false);
    expect(unchecked.voidGrants(judged("published"))).toEqual([]);
  });

  it("are judged by the state itself while that is not enforced", () => {
    become(unknown);
    expect(unchecked.stateFor(plain)).toBe(unknown);
  });
});
