import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planRevision } from "../plan.ts";
import { aVariantProposal, type Judged, TAG_CHANGED, variant } from "./testing/judged.ts";

const RULES = [{ name: "r", initial: true, expression: "change.isImageVersions && !revision.isEdited" }];

/** Each of these alone is for a person to judge. */
const OBSTACLES: readonly Judged[] = [
  { latest: null },
  { latest: "v2" },
  { before: { approvedBy: undefined as never } },
  { object: { annotations: {} } },
  { spec: { updatePolicy: "loose" } },
  { after: { edited: true } },
  { changes: null },
  { changes: { ...TAG_CHANGED, riskCount: 1 } },
  { changes: { ...TAG_CHANGED, isImageVersions: false } },
  { metadata: { after: { labels: { a: "b" } } } },
  { repository: { approval: { rules: [{ name: "p", groups: ["g"] }] } } },
  { repository: { readinessGates: [{ conditionType: "scan" }] } },
  { more: { freeze: { name: "f", end: { until: 1 } } } },
  { more: { policies: { kind: "unknown", message: "m" } } },
  { more: { variant: { ...variant, metadata: { ...variant.metadata, uid: "other" } } } },
  { more: { changedFiles: ["run.sh", "web.yaml"] } },
  { more: { changedModes: ["web.yaml"] } },
  { more: { review: { digest: "c0", changes: TAG_CHANGED } } },
  { rules: [] },
];

describe("planRevision of a proposal without an approval by a person", () => {
  it("publishes it if a rule approves it and nothing stands against that, however much else differs", () => {
    fc.assert(
      fc.property(
        fc.subarray([...OBSTACLES]),
        fc.constantFrom("proposed" as const, "published" as const),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        (obstacles, lifecycle, required, fourEyes) => {
          const judged: Judged = Object.assign({ rules: RULES }, ...obstacles);
          const approval = { required, fourEyes, ...judged.repository?.approval };
          const { observation } = aVariantProposal({
            ...judged,
            repository: { ...judged.repository, approval },
            spec: { ...judged.spec, lifecycle },
          });
          const plan = planRevision(observation);
          expect(plan.kind === "publish").toBe(obstacles.length === 0);
          if (plan.kind === "publish") expect(plan.rule?.rule).toEqual(RULES[0]);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
