import { describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { ENFORCED, ENFORCED_WITHOUT_NAMES } from "../admission/policy-state.ts";
import { aRevision } from "../testing/observed.ts";
import { isAttributedSoFar, mayLackNames, nextAttribution } from "./attribution.ts";

const seen = { lifecycle: "draft", observedGeneration: 1 } as const;
const aPage = (generation: number, attribution?: "Complete" | "Partial"): PackageRevisionResources => ({
  apiVersion: "pkg.pkgserver.dev/v1alpha1",
  kind: "PackageRevisionResources",
  metadata: { name: "n", namespace: "default", generation },
  spec: {},
  status: { ...(attribution !== undefined && { attribution }) },
});
/** `changers` undefined: whoever created it gave no name. */
const changedBy = (changers: string | undefined, status: PackageRevisionStatus = seen) =>
  aRevision({ status, annotations: changers === undefined ? {} : { "pkg.pkgserver.dev/changed-by": changers } });
const recreated = changedBy("");

describe("mayLackNames, where no mutating policies are served", () => {
  it.each([
    ["a creation without a name", changedBy(undefined, { observedGeneration: -1 }), [], false, true],
    ["a creation with a name", changedBy("ann", { observedGeneration: -1 }), [], false, false],
    ["changes that status demands names of", changedBy("ann", { ...seen, attribution: "Complete" }), [], false, false],
    ["changes from before that", changedBy("ann", { ...seen, attribution: "Partial" }), [], false, true],
    ["changes that nothing demands names of", changedBy("ann"), [], true, true],
    ["an object from Git as it was created", recreated, [aPage(1)], true, false],
    ["an object from Git that was changed since", recreated, [aPage(1)], false, true],
    ["an edit that status demands the name of", recreated, [aPage(2, "Complete")], true, false],
    ["an edit from before that", recreated, [aPage(1, "Complete"), aPage(3, "Partial")], true, true],
    ["an edit that nothing demands the name of", recreated, [aPage(2)], true, true],
  ] as const)("%s", (_, object, pages, isRecorded, expected) => {
    expect(mayLackNames(ENFORCED_WITHOUT_NAMES, object, pages, isRecorded)).toBe(expected);
  });

  it("is false where they are: each name was added", () => {
    expect(mayLackNames(ENFORCED, changedBy(undefined), [aPage(2)], false)).toBe(false);
    const unknown = { kind: "unknown", message: "no watch" } as const;
    expect(mayLackNames(unknown, changedBy(undefined), [aPage(2)], false)).toBe(false);
  });
});

const CHANGED_BY = "pkg.pkgserver.dev/changed-by";

describe("nextAttribution", () => {
  it.each([
    ["Complete", undefined, true],
    ["Partial", undefined, false],
    ["Complete", "Complete", false],
    // Who made the earlier changes is never known later.
    ["Partial", "Partial", true],
  ] as const)("is %s after %s, if it is required and all changes are attributed: %s", (next, before, isComplete) => {
    expect(nextAttribution(true, before, isComplete)).toBe(next);
  });

  it("is absent where it is not required", () => {
    expect(nextAttribution(false, "Complete", true)).toBeUndefined();
    expect(nextAttribution(false, undefined, false)).toBeUndefined();
  });
});

describe("isAttributedSoFar", () => {
  const object = (annotations?: Record<string, string>, observedGeneration?: number) =>
    aRevision({
      ...(annotations !== undefined && { annotations }),
      ...(observedGeneration !== undefined && { status: { observedGeneration } }),
    });

  it("is true for an object with a record of its changes, before the first write of status", () => {
    for (const record of ["ann", ""]) {
      expect(isAttributedSoFar(object({ [CHANGED_BY]: record }))).toBe(true);
      expect(isAttributedSoFar(object({ [CHANGED_BY]: record }, -1))).toBe(true);
    }
  });

  it("is false without a record, and once status was written", () => {
    expect(isAttributedSoFar(object())).toBe(false);
    expect(isAttributedSoFar(object({ other: "x" }))).toBe(false);
    for (const generation of [0, 1]) expect(isAttributedSoFar(object({ [CHANGED_BY]: "ann" }, generation))).toBe(false);
  });
});
