import { describe, expect, it } from "vitest";
import type { Condition } from "../../api/v1alpha1/conditions.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../api/v1alpha1/well-known.ts";
import { aRevision, condition } from "../../core/testing/observed.ts";
import { contentsEdited, dependsOnPolicies, isDiscovered, isOwnStatusTextChange } from "./predicates.ts";

const base = aRevision({});
const refused: Condition = { ...condition("Ready", "False"), reason: "PushRejected", message: "try 1" };
const waitingFor = (reason: string) => aRevision({ status: { waitingFor: [reason], conditions: [refused] } });
const withConditions = (...conditions: Condition[]) => aRevision({ status: { conditions } });

describe("isOwnStatusTextChange", () => {
  it.each<[string, PackageRevision]>([
    ["another message", withConditions({ ...refused, message: "try 2" })],
    ["another reason", withConditions({ ...refused, reason: "ConnectionFailed" })],
    ["another time", withConditions({ ...refused, lastTransitionTime: "2026-01-01T00:00:00Z" })],
    ["waiting for a rejected push", waitingFor("PushRejected")],
    ["Reconciling", withConditions(refused, condition("Reconciling", "True"))],
    ["Stalled", withConditions(refused, condition("Stalled", "True"))],
    ["the resource version", { ...withConditions(refused), metadata: { ...base.metadata, resourceVersion: "9" } }],
  ])("is true for %s", (_, next) => {
    expect(isOwnStatusTextChange(next, withConditions(refused))).toBe(true);
  });

  it.each<[string, PackageRevision]>([
    ["a condition of another client", withConditions(refused, condition("checked.example.com", "True"))],
    ["the status of Ready", withConditions(condition("Ready", "True"))],
    ["FilesValid", withConditions(refused, condition("FilesValid", "False"))],
    // The index of revisions that wait did not contain it before.
    ["waiting for anything else", waitingFor("MainDiverged")],
    ["the spec", { ...withConditions(refused), metadata: { ...base.metadata, generation: 7 } }],
    ["the current state", aRevision({ status: { commit: "c0ffee", conditions: [refused] } })],
    ["an annotation", { ...withConditions(refused), metadata: { ...base.metadata, annotations: { a: "b" } } }],
    [
      "the object itself, recreated under its name",
      { ...withConditions(refused), metadata: { ...base.metadata, uid: "other" } },
    ],
  ])("is false for %s", (_, next) => {
    expect(isOwnStatusTextChange(next, withConditions(refused))).toBe(false);
  });
});

describe("isDiscovered", () => {
  it("is true until a revision that was found published has a status", () => {
    const spec = { lifecycle: "published" } as const;
    expect(isDiscovered(aRevision({ spec }))).toBe(true);
    expect(isDiscovered(aRevision({ spec, status: { lifecycle: "published" } }))).toBe(false);
    expect(isDiscovered(aRevision({ spec: { lifecycle: "draft" } }))).toBe(false);
    expect(isDiscovered(aRevision({}))).toBe(false);
  });
});

describe("dependsOnPolicies", () => {
  const asked = { annotations: { [ANNOTATION_REBASE_REQUESTED_BY]: "ann" } };
  it.each<[string, PackageRevision, boolean]>([
    ["a draft", aRevision({ status: { lifecycle: "draft" } }), false],
    ["a draft to be rebased", aRevision({ status: { lifecycle: "draft" }, ...asked }), true],
    ["a proposal", aRevision({ status: { lifecycle: "proposed" } }), true],
    ["a deletion", aRevision({ deleted: true }), true],
    ["a published revision", aRevision({ status: { lifecycle: "published" }, ...asked }), false],
  ])("for %s", (_, object, expected) => {
    expect(dependsOnPolicies(object)).toBe(expected);
  });
});

describe("contentsEdited", () => {
  const page = (generation: number) => ({ metadata: { generation } });

  it.each([
    ["an edit", page(2), page(1), true],
    ["a deletion", undefined, page(1), true],
    ["an edited page that is listed for the first time", page(2), undefined, true],
    ["a new page", page(1), undefined, false],
    ["a status patch", page(1), page(1), false],
  ] as const)("for %s", (_, next, previous, expected) => {
    expect(contentsEdited(next, previous)).toBe(expected);
  });
});
