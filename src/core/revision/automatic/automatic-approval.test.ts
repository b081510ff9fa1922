import { describe, expect, it } from "vitest";
import type { PackageChanges } from "../../../api/v1alpha1/package-changes.ts";
import type { AutomaticRule } from "../../../api/v1alpha1/repository-approval.ts";
import { aRevision } from "../../testing/observed.ts";
import { ownerAnnotation } from "../../variants/ownership.ts";
import { planRevision } from "../plan.ts";
import type { RecordedMetadata } from "../recorded-metadata.ts";
import { decideAutomatically } from "./automatic-approval.ts";
import { aJudgedProposal, aVariantProposal, type Judged, lockAt, TAG_CHANGED, variant } from "./testing/judged.ts";

const ANY: AutomaticRule = { name: "any", expression: "true" };
const INITIAL: AutomaticRule = { name: "initial", initial: true };

function decide({ observation, view, draft }: ReturnType<typeof aJudgedProposal>) {
  return decideAutomatically(observation, view, draft);
}

const UPGRADE = { tasks: [{ type: "upgrade" as const }] };

const NUMBERS = `[${Array.from({ length: 200 }, (_, at) => at).join()}]`;
/** Some millions of steps. */
const LONG = `${NUMBERS}.all(b, ${NUMBERS}.all(c, a + b + c >= 0))`;
const decideAny = (judged: Judged) => decide(aJudgedProposal({ rules: [ANY], ...judged }));
const decideInitial = (judged: Judged) => decide(aVariantProposal({ rules: [INITIAL], ...judged }));
const withChanges = (more: Partial<PackageChanges>): Judged => ({ changes: { ...TAG_CHANGED, ...more } });

describe("an automatic rule", () => {
  it("approves a proposal, is recorded as a whole, and publishes it", () => {
    const proposal = aJudgedProposal({ rules: [ANY] });
    expect(decide(proposal)).toEqual({ kind: "approved", by: { rule: ANY } });
    expect(planRevision(proposal.observation)).toMatchObject({ kind: "publish", rule: { rule: ANY } });
  });

  it.each<[string, Judged, string]>([
    ["a first revision", { latest: null }, "a person approves the first revision"],
    ["a draft that began from another revision", { latest: "v2" }, "v2 was published since it began"],
    ["one that began from nobody's revision", { before: { approvedBy: undefined as never } }, "nobody is known"],
    ["a member of a release", { object: { labels: { "pkg.pkgserver.dev/release": "r" } } }, "members of a release"],
    ["by rules that nobody has checked", { more: { areRulesUnchecked: true } }, "nobody has checked who set the rules"],
    ["a confirmed base", { object: { annotations: { "pkg.pkgserver.dev/confirm-base": "c" } } }, "confirm-base"],
    ["other labels", { metadata: { after: { labels: { a: "b" } } } }, "its labels, annotations, inputs or gates"],
    ["other inputs", { metadata: { after: { spec: { inputs: [{ a: 1 }] } } } }, "its labels, annotations, inputs"],
    ["a rule that asks people", asking({}), "rule owners of spec.approval.rules asks people"],
    ["a rule that asks people about a path", asking({ paths: ["*.yaml"] }), "rule owners of spec.approval.rules"],
    ["a change that is not known", { changes: null }, "could not be compared"],
    ["more risks than are listed", withChanges({ riskCount: 1 }), "more than the review can show"],
    ["more objects than are listed", withChanges({ resourceCount: 2 }), "more than the review can show"],
    ["more files than are listed", withChanges({ fileCount: 2 }), "more than the review can show"],
    ["a file that cannot be read", withChanges({ unreadCount: 1 }), "more than the review can show"],
    [
      "a mode that has changed, which no review shows",
      { more: { changedFiles: ["web.yaml", "run.sh"] } },
      'it changes "run.sh" in a way that no review shows',
    ],
    [
      "a mode that has changed with the bytes",
      { more: { changedModes: ["web.yaml"] } },
      'it changes "web.yaml" in a way that no review shows',
    ],
    ["an expression that is not true", { rules: [{ name: "a", expression: "1 > 2" }] }, "a: is not true"],
    ["one without a value", { rules: [{ name: "a", expression: "change.nope" }] }, "a: cannot be evaluated: No such"],
    [
      "one of another type",
      { rules: [{ name: "a", expression: "change.summary" }] },
      "a: gives neither true nor false",
    ],
    ["one that does not compile", { rules: [{ name: "a", expression: "chang" }] }, "a: expression:1:1: Unknown"],
    [
      "one that takes too long",
      { rules: [{ name: "a", expression: `${NUMBERS}.all(a, ${LONG})` }] },
      "takes more than",
    ],
  ])("does not approve %s", (_, judged, why) => {
    expect(decideAny(judged)).toEqual({ kind: "refused", why: expect.stringContaining(why) });
    const plan = planRevision(aJudgedProposal({ rules: [ANY], ...judged }).observation);
    expect(plan.kind).not.toBe("publish");
    if (plan.kind === "keepProposed") expect(plan.refusal).toContain(why);
  });

  it("waits for the review, and uses none of other files", () => {
    const { review: _, ...unknown } = aJudgedProposal({ rules: [ANY] }).observation;
    const { view, draft } = aJudgedProposal({});
    expect(decideAutomatically(unknown, view, draft)).toEqual({ kind: "pending" });
    expect(decideAny({ more: { review: { digest: "c0", changes: TAG_CHANGED } } })).toEqual({ kind: "pending" });
    const requested = {
      ...unknown,
      object: { ...unknown.object, spec: { ...unknown.object.spec, lifecycle: "published" } },
    };
    expect(planRevision(requested as never)).toMatchObject({ kind: "keepProposed", blocker: { reason: "Reviewing" } });
  });

  it("is not about other targets and packages", () => {
    for (const match of [{ targets: ["edge-*"] }, { packages: ["web"] }]) {
      expect(decideAny({ rules: [{ ...ANY, match }] })).toEqual({ kind: "none" });
    }
    expect(decideAny({ rules: [{ ...ANY, match: { targets: ["cat*"], packages: ["d?s"] } }] }).kind).toBe("approved");
    expect(decideAny({ rules: [] })).toEqual({ kind: "none" });
  });

  it("takes the place of the number and of four eyes, and of nothing else", () => {
    const planOf = (judged: Judged) => planRevision(aJudgedProposal({ rules: [ANY], ...judged }).observation);
    expect(planOf({ repository: { approval: { fourEyes: true, required: 3 } } })).toMatchObject({ kind: "publish" });
    const gated = { repository: { readinessGates: [{ conditionType: "scan" }] } };
    expect(planOf(gated)).toMatchObject({ kind: "keepProposed", blocker: { reason: "WaitingForGate" } });
    const frozen = { more: { freeze: { name: "f", end: { until: 1 } } } };
    expect(planOf(frozen)).toMatchObject({ kind: "keepProposed", blocker: { reason: "Frozen" } });
    const missing = { kind: "missing", findings: [], settling: true } as const;
    expect(planOf({ more: { policies: missing } })).toMatchObject({ blocker: { reason: "PoliciesMissing" } });
    expect(planOf({ more: { policies: { kind: "unknown", message: "m" } } })).toMatchObject({ kind: "keepProposed" });
  });

  it("publishes nothing in the name of an approval that does not hold", () => {
    const spec = { lifecycle: "published" as const, approval: { by: "eve", digest: "d0" } };
    expect(planRevision(aJudgedProposal({ rules: [ANY], spec }).observation)).toMatchObject({
      kind: "keepProposed",
      blocker: { reason: "ApprovalMissing" },
    });
  });

  it("takes the request to publish back once no rule approves it", () => {
    const spec = { lifecycle: "published" as const };
    const rules = [{ name: "a", expression: "false" }];
    expect(planRevision(aJudgedProposal({ rules, spec }).observation)).toMatchObject({ kind: "revokeApproval" });
    expect(planRevision(aJudgedProposal({ rules: [ANY], spec }).observation)).toMatchObject({ kind: "publish" });
  });
});

describe("the variables of an expression", () => {
  it.each<[string, Judged]>([
    ["change.isImageVersions && change.riskCount == 0 && change.otherFileCount == 0", {}],
    ["change.resources.all(r, r.fields.all(f, f.field.endsWith('.image') && f.after == '\"web:2\"'))", {}],
    ["!has(change.diff)", withChanges({ diff: "text" })],
    ["!change.isImageVersions", { changes: (({ isImageVersions: _, ...rest }) => rest)(TAG_CHANGED) }],
    ["revision.target == 'catalog' && revision.package == 'dns' && revision.base == 'v1'", {}],
    ["!revision.isEdited && revision.variant == ''", {}],
    ["revision.isEdited", { after: { edited: true } }],
    ["revision.isEdited", { after: { contents: "x" } }],
    ["revision.isEdited", { after: { editorsUnknown: true } }],
    ["upgrade.level == 'none'", {}],
  ])("%s", (expression, judged) => {
    expect(decideAny({ ...judged, rules: [{ name: "a", expression }] }).kind).toBe("approved");
  });

  it("have the upstream before and after", () => {
    const expression =
      "upgrade.level == 'patch' && upgrade.from.revision == 'v1.2.3' && upgrade.to.repository == 'catalog'";
    const metadata = {
      before: { upstreamLock: lockAt("v1.2.3") },
      after: { spec: UPGRADE, upstreamLock: lockAt("v1.2.4") },
    };
    expect(decideAny({ metadata, rules: [{ name: "a", expression }] }).kind).toBe("approved");
  });

  type Spec = NonNullable<RecordedMetadata["spec"]>;
  const REPLACE: Spec = { ...UPGRADE, upgradeStrategy: "replace" };

  it.each<[string, Spec, Spec, string, string?]>([
    ["is a patch with the strategy of the upgrade before", REPLACE, REPLACE, "patch"],
    ["is a patch with the default, named or not", UPGRADE, { ...UPGRADE, upgradeStrategy: "resource-merge" }, "patch"],
    ["is no patch if the local changes are dropped", UPGRADE, REPLACE, "other"],
    ["is no patch if they are dropped by a clone", UPGRADE, { tasks: [{ type: "clone" }] }, "other"],
    ["is no patch after a strategy that was never used", { upgradeStrategy: "replace" }, REPLACE, "other"],
    ["is no patch without an upgrade", UPGRADE, {}, "other"],
    ["is no patch as a new package", UPGRADE, { tasks: [{ type: "init" }] }, "other", "v1.2.3"],
    ["is not none if a clone drops the local changes", UPGRADE, { tasks: [{ type: "clone" }] }, "other", "v1.2.3"],
    ["is not none if an upgrade drops them", UPGRADE, REPLACE, "other", "v1.2.3"],
    ["is none without a task", UPGRADE, { upgradeStrategy: "replace" }, "none", "v1.2.3"],
  ])("have a level that %s", (_, before, after, level, revision = "v1.2.4") => {
    const metadata = {
      before: { spec: before, upstreamLock: lockAt("v1.2.3") },
      after: { spec: after, upstreamLock: lockAt(revision) },
    };
    const rules = [{ name: "a", expression: `upgrade.level == '${level}'` }];
    expect(decideAny({ metadata, rules })).toMatchObject({ kind: "approved" });
  });
});

describe("a rule for variants", () => {
  it("approves a newer upstream that the variant has made, and records the variant", () => {
    expect(decideInitial({})).toEqual({ kind: "approved", by: { rule: INITIAL, variant: "dns-of-edge/uid-1" } });
    const expression = "upgrade.level == 'minor'";
    expect(decideInitial({ rules: [{ ...INITIAL, expression }] })).toMatchObject({ why: "initial: is not true" });
  });

  it.each<[string, Judged, string]>([
    ["without a variant", { more: { variant: undefined as never } }, "made by no PackageVariant that is there"],
    [
      "of an earlier variant of the name",
      { more: { variant: { ...variant, metadata: { ...variant.metadata, uid: "uid-2" } } } },
      "made by no PackageVariant that is there",
    ],
    [
      "of a variant that is being deleted",
      { more: { variant: { ...variant, metadata: { ...variant.metadata, deletionTimestamp: "now" } } } },
      "made by no PackageVariant that is there",
    ],
    [
      "of a variant of another package",
      {
        more: {
          variant: { ...variant, spec: { ...variant.spec, downstream: { repository: "blue", package: "web" } } },
        },
      },
      "for another package now",
    ],
    ["after a revision of others", { more: { previous: undefined as never } }, "was not made by PackageVariant"],
    [
      "after a revision that the variant has only adopted",
      { more: { previous: aRevision({ annotations: ownerAnnotation(variant), status: { revision: "v1" } }) } },
      "the published revision was not made by PackageVariant dns-of-edge",
    ],
    ["that was edited", { after: { edited: true } }, "it was edited"],
    ["with a spec that was edited", { spec: { updatePolicy: "loose" } }, "it was edited"],
    ["of which the record says nothing", { object: { annotations: {} } }, "made by no PackageVariant that is there"],
    [
      "with another upstream",
      { metadata: { after: { spec: { upstream: { repository: "evil", package: "dns", revision: "v1.2.4" } } } } },
      "it has another upstream",
    ],
    [
      "with another strategy",
      {
        metadata: {
          after: {
            spec: {
              ...UPGRADE,
              upstream: { repository: "catalog", package: "dns", revision: "v1.2.4" },
              upgradeStrategy: "replace",
            },
          },
        },
      },
      "another upgradeStrategy",
    ],
    ["of an older upstream", { metadata: { after: withLock("v1.2.2") } }, "no newer revision"],
    ["of the same upstream", { metadata: { after: withLock("v1.2.3") } }, "no newer revision"],
    ["of a moved tag", { metadata: { after: withLock("v1.2.3", "f".repeat(40)) } }, "no newer revision"],
  ])("does not approve one %s", (_, judged, why) => {
    expect(decideInitial(judged)).toEqual({ kind: "refused", why: expect.stringContaining(why) });
  });
});

function withLock(revision: string, commit?: string) {
  const upstream = { repository: "catalog", package: "dns", revision: "v1.2.4" };
  return { spec: { ...UPGRADE, upstream }, upstreamLock: lockAt(revision, commit) };
}

function asking(match: { readonly paths?: string[] }): Judged {
  const rule = { name: "owners", ...(match.paths && { match }), groups: ["owners"] };
  return { repository: { approval: { rules: [rule] } } };
}
