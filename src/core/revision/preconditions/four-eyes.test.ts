import { describe, expect, it } from "vitest";
import { aRepository, aRevision, aView, observed } from "../../testing/observed.ts";
import { blockerOf, fourEyes } from "../../testing/publish-facts.ts";
import { unreviewedDeletionBlocker } from "./four-eyes.ts";
import { publishBlocker } from "./publish-preconditions.ts";

describe("publishBlocker", () => {
  it("blocks the approval of a user who is not known, with four eyes", () => {
    const proposal = { digest: "d1", commit: "c1", by: "ann", at: "2025-01-02T03:04:05Z" };
    // As an API server without the admission policies may have stored it.
    const approval = { digest: "d1" } as never;
    const object = aRevision({ spec: { approval }, status: { lifecycle: "proposed", proposal } });
    const given = observed(object, { repository: aRepository(fourEyes) });
    expect(publishBlocker(given, aView(), proposal)).toEqual({
      reason: "FourEyes",
      kind: "stalled",
      message:
        "the approver is not known, and the Repository requires another approver (spec.approval.fourEyes): approve it " +
        "again",
    });
  });

  it("tells who must approve with four eyes", () => {
    expect(blockerOf({ repository: fourEyes, by: "ann" })?.message).toBe(
      "ann proposed, edited or changed this package revision: the Repository requires another approver " +
        "(spec.approval.fourEyes)",
    );
    expect(blockerOf({ repository: fourEyes, proposer: null })?.message).toContain(
      "the proposer is not known, and the Repository requires another approver (spec.approval.fourEyes): return the",
    );
    expect(blockerOf({ repository: fourEyes, proposer: null })?.message).toContain("pkg.pkgserver.dev/proposed-by");
    const unknown = [{ hasUnknownEditors: true }, { attribution: "Partial" }] as const;
    const message = /^not everybody who created, changed or edited it is known, .* stays unknown$/;
    for (const facts of unknown) expect(blockerOf({ repository: fourEyes, ...facts })?.message).toMatch(message);
  });
});

describe("unreviewedDeletionBlocker", () => {
  it("keeps a revision in Git whose deletion nobody else has carried out, and says what to do", () => {
    const given = observed(aRevision({ deleted: true }), { repository: aRepository(fourEyes) });
    expect(unreviewedDeletionBlocker(given)).toEqual({
      reason: "FourEyes",
      kind: "stalled",
      message:
        "it was deleted before the Repository's demand for another user (spec.approval.fourEyes) was known here: it " +
        "stays in Git and is shown again; propose the deletion, and let another user carry it out",
    });
    expect(unreviewedDeletionBlocker(observed(aRevision({ deleted: true })))).toBeUndefined();
  });
});
