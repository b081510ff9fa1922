import { describe, expect, it } from "vitest";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../src/api/v1alpha1/well-known.ts";
import { changeStatus, violationsAfter } from "./sample-changes.ts";

describe("checkRebases", () => {
  it("accepts drafts as they are", () => {
    expect(violationsAfter(() => {})).toEqual([]);
  });

  it("reports a draft whose request was not answered", () => {
    const found = violationsAfter((parts) => {
      const { metadata } = parts.next;
      const annotations = { [ANNOTATION_REBASE_REQUESTED_BY]: "alice" };
      parts.next = { ...parts.next, metadata: { ...metadata, annotations } };
    });
    expect(found).toEqual([expect.stringMatching(/^\(9\) .*was asked to be rebased, and has no answer/)]);
  });

  it("reports a draft that says that it is behind a revision, and is not", () => {
    const found = violationsAfter((parts) => changeStatus(parts, "next", { outdatedBy: "v9" }));
    expect(found).toEqual([expect.stringMatching(/^\(9\) .*says that it is behind v9, and it is behind nothing/)]);
  });

  it("reports a draft with another base than its commit records", () => {
    const found = violationsAfter((parts) =>
      changeStatus(parts, "next", { base: { revision: "v1", commit: "other" } }),
    );
    expect(found).toEqual([expect.stringMatching(/^\(9\) .*is based on .* and its commit on /)]);
  });
});
