import { describe, expect, it } from "vitest";
import { ANNOTATION_REJECTION_REASON } from "../../src/api/v1alpha1/well-known.ts";
import type { Sample } from "./sample.ts";
import { BRANCH, changeStatus, changeTrailers, violationsAfter } from "./sample-changes.ts";

const SHOWN = '"bob" rejected the proposal of "alice": "too small"; edit the draft, then propose it again';
const reject = (parts: Sample, rejected: string) => {
  changeTrailers(parts, BRANCH, { returnedBy: "bob", returnReason: "too small" });
  changeStatus(parts, "next", { rejected });
};

describe("checkRejections", () => {
  it("accepts a rejection that is shown as it is recorded", () => {
    expect(violationsAfter((parts) => reject(parts, SHOWN))).toEqual([]);
  });

  it.each([
    ["another user", SHOWN.replace("bob", "eve")],
    ["another reason", SHOWN.replace("small", "big")],
  ])("reports a draft that shows %s than its commit", (_, shown) => {
    const found = violationsAfter((parts) => reject(parts, shown));
    expect(found).toEqual([
      expect.stringMatching(/^\(9\) .*its rejection is shown as .* recorded as by bob,too small/),
    ]);
  });

  it("reports a draft whose reason was not removed", () => {
    const found = violationsAfter((parts) => {
      const { metadata } = parts.next;
      parts.next = { ...parts.next, metadata: { ...metadata, annotations: { [ANNOTATION_REJECTION_REASON]: "x" } } };
    });
    expect(found).toEqual([expect.stringMatching(/^\(9\) .*still has the annotation/)]);
  });
});
