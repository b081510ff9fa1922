import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anObservation } from "../testing/observations.ts";
import { planRevision, recordedLifecycle } from "./plan.ts";

const KINDS = [
  "wait",
  "block",
  "createDraft",
  "syncDraft",
  "propose",
  "keepProposed",
  "returnToDraft",
  "publish",
  "syncPublished",
  "removeFinalizer",
  "deleteDraft",
  "deletePublished",
];

describe("planRevision, whatever was seen", () => {
  it("always has a plan, the same for the same, and each kind of plan has its day", () => {
    const seenKinds = new Set<string>();
    fc.assert(
      fc.property(anObservation, (seen) => {
        const plan = planRevision(seen);
        expect(planRevision(seen)).toEqual(plan);
        if ("blocker" in plan && plan.blocker !== undefined) expect(plan.blocker.message).not.toBe("");
        seenKinds.add(plan.kind);
      }),
      { numRuns: 4000, seed: 1 },
    );
    expect([...seenKinds].sort()).toEqual(KINDS.toSorted());
  });

  it("publishes only what was proposed, approved by its digest, wished for, and still on the branch", () => {
    fc.assert(
      fc.property(anObservation, (seen) => {
        const plan = planRevision(seen);
        if (plan.kind !== "publish") return;
        const { spec, status, metadata } = seen.object;
        const proposal = status?.proposal;
        expect(spec.lifecycle).toBe("published");
        // Before status is written, Git says what it is.
        expect(status?.lifecycle ?? recordedLifecycle(plan.draft)).toBe("proposed");
        expect(proposal).toBeDefined();
        expect(spec.approval?.digest).toBe(proposal?.digest);
        expect([plan.commit, plan.draft.commit]).toEqual([proposal?.commit, proposal?.commit]);
        expect(metadata.deletionTimestamp).toBeUndefined();
      }),
      { numRuns: 4000 },
    );
  });

  it("deletes in Git only what is going, whose Repository stays, and whose status says that it may", () => {
    fc.assert(
      fc.property(anObservation, (seen) => {
        const plan = planRevision(seen);
        if (plan.kind !== "deleteDraft" && plan.kind !== "deletePublished") return;
        const { status, metadata } = seen.object;
        expect(metadata.deletionTimestamp).toBeDefined();
        expect(seen.repository).toBeDefined();
        expect(seen.repository?.metadata.deletionTimestamp).toBeUndefined();
        expect(status?.lifecycle).not.toBe("published");
        if (plan.kind === "deletePublished") {
          expect(status?.lifecycle).toBe("deletionProposed");
          expect(plan.published.commit).toBe(status?.commit);
        }
      }),
      { numRuns: 4000 },
    );
  });

  it("does nothing but delete, wait or let go once the object is going", () => {
    fc.assert(
      fc.property(anObservation, (seen) => {
        fc.pre(seen.object.metadata.deletionTimestamp !== undefined);
        expect(["deleteDraft", "deletePublished", "removeFinalizer", "wait", "block"]).toContain(
          planRevision(seen).kind,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
