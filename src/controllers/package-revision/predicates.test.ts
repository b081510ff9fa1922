import { describe, expect, it } from "vitest";
import type { Condition } from "../../api/v1alpha1/conditions.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { aRevision, condition } from "../../core/testing/observed.ts";
import { isOwnStatusTextChange } from "./predicates.ts";

const base = aRevision({});
const refused: Condition = { ...condition("Ready", "False"), reason: "PushRejected", message: "try 1" };
const waitingFor = (reason: string) => aRevision({ status: { waitingFor: [reason], conditions: [refused] } });
const telling = (...conditions: Condition[]) => aRevision({ status: { conditions } });

describe("isOnlyToldAnew", () => {
  it.each<[string, PackageRevision]>([
    ["other words", telling({ ...refused, message: "try 2" })],
    ["another reason", telling({ ...refused, reason: "ConnectionFailed" })],
    ["another time", telling({ ...refused, lastTransitionTime: "2026-01-01T00:00:00Z" })],
    ["that it waits for the remote's consent", waitingFor("PushRejected")],
    ["that it goes on by itself", telling(refused, condition("Reconciling", "True"))],
    ["that a person has to help", telling(refused, condition("Stalled", "True"))],
    ["a version", { ...telling(refused), metadata: { ...base.metadata, resourceVersion: "9" } }],
  ])("is true for %s", (_, next) => {
    expect(isOwnStatusTextChange(next, telling(refused))).toBe(true);
  });

  it.each<[string, PackageRevision]>([
    ["what others say", telling(refused, condition("checked.example.com", "True"))],
    ["that it is ready", telling(condition("Ready", "True"))],
    ["whether its files are valid", telling(refused, condition("FilesValid", "False"))],
    // Whoever looks for those that wait did not find it before that.
    ["what else it waits for", waitingFor("MainDiverged")],
    ["the wish", { ...telling(refused), metadata: { ...base.metadata, generation: 7 } }],
    ["what is", aRevision({ status: { commit: "c0ffee", conditions: [refused] } })],
    ["an annotation", { ...telling(refused), metadata: { ...base.metadata, annotations: { a: "b" } } }],
    ["another object of the name", { ...telling(refused), metadata: { ...base.metadata, uid: "other" } }],
  ])("is false for %s", (_, next) => {
    expect(isOwnStatusTextChange(next, telling(refused))).toBe(false);
  });
});
