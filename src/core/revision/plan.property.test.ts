import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anObservation } from "../testing/observations.ts";
import { planRevision, recordedLifecycle } from "./plan.ts";
import { openGates } from "./preconditions/gates.ts";
import { usersPart } from "./recorded-metadata.ts";

const KINDS = [
  "wait",
  "block",
  "createDraft",
  "syncDraft",
  "propose",
  "keepProposed",
  "returnToDraft",
  "revokeApproval",
  "publish",
  "syncPublished",
  "removeFinalizer",
  "deleteDraft",
  "deletePublished",
];

describe("planRevision of any observation", () => {
  it("is deterministic, and reaches every kind of plan", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(anObservation, (observation) => {
        const plan = planRevision(observation);
        expect(planRevision(observation)).toEqual(plan);
        if ("blocker" in plan && plan.blocker !== undefined) expect(plan.blocker.message).not.toBe("");
        kinds.add(plan.kind);
      }),
      { numRuns: 12_000, seed: 1 },
    );
    expect([...kinds].sort()).toEqual(KINDS.toSorted());
  });

  it("publishes only an approved proposal with its digest, whose commit is still on the branch", () => {
    fc.assert(
      fc.property(anObservation, (observation) => {
        const plan = planRevision(observation);
        if (plan.kind !== "publish") return;
        const { spec, status, metadata } = observation.object;
        const proposal = status?.proposal;
        expect(spec.lifecycle).toBe("published");
        // Before the first status write, Git has the lifecycle.
        expect(status?.lifecycle ?? recordedLifecycle(plan.draft)).toBe("proposed");
        expect(proposal).toBeDefined();
        expect(spec.approval?.digest).toBe(proposal?.digest);
        expect([plan.commit, plan.draft.commit]).toEqual([proposal?.commit, proposal?.commit]);
        expect(metadata.deletionTimestamp).toBeUndefined();
        expect(openGates(observation)).toEqual([]);
        const { trailers } = plan.draft;
        if (trailers !== undefined) expect(usersPart(trailers.metadata).spec).toEqual(usersPart({ spec }).spec);
      }),
      { numRuns: 4000 },
    );
  });

  it("publishes only what as many different users have approved as the Repository asks for, of their groups", () => {
    let several = 0;
    fc.assert(
      fc.property(anObservation, (observation) => {
        const plan = planRevision(observation);
        if (plan.kind !== "publish") return;
        const { spec, status } = observation.object;
        const digest = status?.proposal?.digest;
        const given = [
          ...(spec.approval === undefined ? [] : [spec.approval]),
          ...Object.entries(spec.approvals ?? {}).map(([by, one]) => ({ ...one, by })),
        ].filter((one) => one.digest === digest);
        const { fourEyes = false, required = 1, rules = [] } = observation.repository?.spec.approval ?? {};
        const barred = fourEyes ? [...observation.editors, status?.proposal?.by] : [];
        const users = new Set(given.map(({ by }) => by).filter((by) => !barred.includes(by)));
        expect(users.size).toBeGreaterThanOrEqual(required);
        if (required > 1) several++;
        for (const rule of rules) {
          if (rule.match?.packages?.includes("web") === true) continue;
          const members = given.filter((one) => one.groups?.some((group) => rule.groups?.includes(group)));
          const counted = new Set(members.map(({ by }) => by).filter((by) => users.has(by)));
          expect(counted.size).toBeGreaterThanOrEqual(rule.required ?? 1);
          several++;
        }
      }),
      { numRuns: 12_000, seed: 1 },
    );
    expect(several).toBeGreaterThan(0);
  });

  it("deletes in Git only with the object, and only if its Repository stays and its status allows it", () => {
    fc.assert(
      fc.property(anObservation, (observation) => {
        const plan = planRevision(observation);
        if (plan.kind !== "deleteDraft" && plan.kind !== "deletePublished") return;
        const { status, metadata } = observation.object;
        expect(metadata.deletionTimestamp).toBeDefined();
        expect(observation.repository).toBeDefined();
        expect(observation.repository?.metadata.deletionTimestamp).toBeUndefined();
        expect(status?.lifecycle).not.toBe("published");
        if (plan.kind === "deletePublished") {
          expect(status?.lifecycle).toBe("deletionProposed");
          expect(plan.published.commit).toBe(status?.commit);
        }
      }),
      { numRuns: 4000 },
    );
  });

  it("publishes and deletes what is published only while the admission policies are enforced", () => {
    fc.assert(
      fc.property(anObservation, (observation) => {
        const plan = planRevision(observation);
        const { kind: policies } = observation.policies;
        if (plan.kind === "publish" || plan.kind === "deletePublished") expect(policies).toBe("enforced");
        if (plan.kind !== "revokeApproval" || policies === "missing") return;
        // The operator's own request to publish, which no rule approves any more.
        expect([observation.object.spec.approval, plan.blocker.reason]).toEqual([undefined, "ApprovalMissing"]);
      }),
      { numRuns: 4000 },
    );
  });

  it("only deletes, waits or releases once the object is being deleted", () => {
    fc.assert(
      fc.property(anObservation, (observation) => {
        fc.pre(observation.object.metadata.deletionTimestamp !== undefined);
        expect(["deleteDraft", "deleteUnbegun", "deletePublished", "removeFinalizer", "wait", "block"]).toContain(
          planRevision(observation).kind,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
