import { describe, expect, it } from "vitest";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../api/v1alpha1/well-known.ts";
import { ENFORCED_WITHOUT_NAMES } from "../admission/policy-state.ts";
import { draftBranch, oid, trailersOf } from "../testing/discovered.ts";
import { aRepository, condition } from "../testing/observed.ts";
import {
  approval,
  CONFIRM_HISTORY,
  draft,
  missing,
  observation,
  proposed,
  type Row,
  ready,
  settling,
  summarize,
  tag,
  unknown,
  withoutRepository,
} from "../testing/plan-cases.ts";
import type { Observation } from "./observation.ts";
import { planRevision, recordedLifecycle } from "./plan.ts";

/** A Repository with one more condition, before the others. */
function withCondition(type: string, status: "True" | "False", repository: Repository): Repository {
  const conditions = [condition(type, status), ...(repository.status?.conditions ?? [])];
  return { ...repository, status: { observedGeneration: 1, conditions } };
}

const unreadable = { ref: "refs/heads/dns/one", message: "the remote is a shallow clone" };

const reading: readonly Row[] = [
  ["no Repository", withoutRepository(observation({})), "block RepositoryNotFound"],
  ["a Repository that was not read yet", observation({ view: "unread" }), "wait"],
  ["a Repository from before a restart", observation({ view: "unread", more: { repository: ready("True") } }), "wait"],
  [
    "a Repository that cannot be read",
    observation({ view: "unread", more: { repository: ready("False") } }),
    "block RepositoryNotReady",
  ],
  [
    "a Repository that cannot be read, though another condition is True",
    observation({ view: "unread", more: { repository: withCondition("Synced", "True", ready("False")) } }),
    "block RepositoryNotReady",
  ],
  [
    "a Repository without conditions",
    observation({ view: "unread", more: { repository: { ...aRepository(), status: { observedGeneration: 1 } } } }),
    "wait",
  ],
  ...(["HistoryRewritten", "PoliciesMissing", "PushForbidden"] as const).map(
    (reason): Row => [
      `a Repository that was read before a restart, and is ${reason}`,
      observation({
        view: "unread",
        more: { repository: aRepository({}, { ready: condition("Ready", "False", reason) }) },
      }),
      "wait",
    ],
  ),
];

const beginning: readonly Row[] = [
  ["a new package", observation({}), "createDraft empty"],
  ["a new package, to be proposed at once", observation({ desired: "proposed" }), "createDraft empty"],
  ["a new package of the task init", observation({ spec: { tasks: [{ type: "init" }] } }), "createDraft init"],
  ["a package that has a revision", observation({ view: { latest: tag } }), "createDraft latest"],
  [
    "init beside a revision",
    observation({ spec: { tasks: [{ type: "init" }] }, view: { latest: tag } }),
    "createDraft init",
  ],
  [
    "a clone",
    observation({
      spec: { tasks: [{ type: "clone" }], upstream: { repository: "red", package: "dns" } },
      more: { upstream: { kind: "found", source: tag } },
    }),
    "createDraft upstream",
  ],
  [
    "a package that has a revision, and an upstream that is no task of the draft",
    observation({
      spec: { upstream: { repository: "red", package: "dns" } },
      more: { upstream: { kind: "found", source: tag } },
      view: { latest: tag },
    }),
    "createDraft latest",
  ],
  [
    "a clone of a missing upstream",
    observation({
      spec: { tasks: [{ type: "clone" }], upstream: { repository: "red", package: "dns" } },
      more: { upstream: { kind: "missing", message: "m" } },
    }),
    "block UpstreamNotFound",
  ],
  [
    "a package whose refs conflict with others",
    observation({ view: { conflictingRefs: ["refs/heads/dns"] } }),
    "block RefConflict",
  ],
  ["a published revision without a tag", observation({ desired: "published" }), "block RevisionNotFound"],
  [
    "a revision proposed for deletion without a tag",
    observation({ desired: "deletionProposed" }),
    "block RevisionNotFound",
  ],
  ["a draft whose branch was deleted", observation({ current: "draft" }), "block BranchMissing"],
  ["a draft whose branch cannot be read", observation({ current: "draft", view: { unreadable } }), "block BadObjects"],
  ["a new draft whose branch is there and cannot be read", observation({ view: { unreadable } }), "block BadObjects"],
  [
    "a revision whose tag cannot be read",
    observation({ current: "published", view: { unreadable } }),
    "block BadObjects",
  ],
  [
    "a proposal whose branch was deleted",
    observation({ desired: "published", current: "proposed" }),
    "block BranchMissing",
  ],
];

const toBeRebased = (more: Partial<Omit<Observation, "view">>) =>
  observation({
    current: "draft",
    view: { found: draft },
    annotations: { [ANNOTATION_REBASE_REQUESTED_BY]: "ann" },
    more,
  });

const drafting: readonly Row[] = [
  ["a branch of an external pusher", observation({ view: { found: draft } }), "syncDraft"],
  ["a draft", observation({ desired: "draft", current: "draft", view: { found: draft } }), "syncDraft"],
  ["a draft without a desired lifecycle", observation({ current: "draft", view: { found: draft } }), "syncDraft"],
  ["a draft to be proposed", observation({ desired: "proposed", current: "draft", view: { found: draft } }), "propose"],
  [
    "a draft with an open gate",
    observation({
      desired: "proposed",
      spec: { readinessGates: [{ conditionType: "a" }] },
      current: "draft",
      view: { found: draft },
    }),
    "syncDraft WaitingForGate",
  ],
  [
    "a draft to be published at once",
    observation({ desired: "published", spec: { approval }, current: "draft", view: { found: draft } }),
    "syncDraft NotProposed",
  ],
  [
    "a draft to be deleted by lifecycle",
    observation({ desired: "deletionProposed", current: "draft", view: { found: draft } }),
    "syncDraft NotProposed",
  ],
  [
    "a proposal that is known from Git only",
    observation({ desired: "proposed", view: { found: proposed } }),
    "keepProposed",
  ],
  [
    "an approval before the proposal was read back",
    observation({ desired: "published", spec: { approval }, view: { found: proposed } }),
    "keepProposed",
  ],
  [
    "a draft whose branch was rewritten",
    observation({ desired: "proposed", current: "draft", view: { found: draft, branchLost: oid(7) } }),
    "block BranchRewritten",
  ],
  [
    "a draft whose new history was confirmed",
    observation({
      current: "draft",
      view: { found: draft, branchLost: oid(7) },
      annotations: { [CONFIRM_HISTORY]: `${oid(7)}..${draft.commit}` },
    }),
    "syncDraft",
  ],
  [
    "a draft whose earlier rewrite was confirmed",
    observation({
      current: "draft",
      view: { found: draft, branchLost: oid(7) },
      annotations: { [CONFIRM_HISTORY]: `${oid(8)}..${draft.commit}` },
    }),
    "block BranchRewritten",
  ],
  ["a draft to be rebased", toBeRebased({}), "rebase"],
  [
    "a draft to be rebased where nobody's name is recorded",
    toBeRebased({ policies: ENFORCED_WITHOUT_NAMES }),
    "rebase",
  ],
  ...([missing, settling, unknown] as const).map(
    (policies): Row => [
      `a draft to be rebased while the policies are ${"settling" in policies ? "settling" : policies.kind}`,
      toBeRebased({ policies }),
      "syncDraft PoliciesMissing",
    ],
  ),
  [
    "a recorded proposal that status calls a draft",
    observation({ desired: "draft", current: "draft", view: { found: proposed } }),
    "syncDraft",
  ],
];

describe("planRevision of a draft", () => {
  it.each(reading)("before Git is read, with %s", (_, observed, plan) =>
    expect(summarize(planRevision(observed))).toBe(plan),
  );
  it.each(beginning)("creates the draft of %s", (_, observed, plan) =>
    expect(summarize(planRevision(observed))).toBe(plan),
  );
  it.each(drafting)("syncs or proposes %s", (_, observed, plan) =>
    expect(summarize(planRevision(observed))).toBe(plan),
  );

  it("blocks with the kind and the place of the problem", () => {
    expect(planRevision(withoutRepository(observation({})))).toMatchObject({
      blocker: { kind: "stalled", message: "no Repository blue in this namespace" },
    });
    expect(planRevision(observation({ view: "unread", more: { repository: ready("False") } }))).toMatchObject({
      blocker: { kind: "waiting", message: "Repository blue is not ready: as it went" },
    });
    const packageRevID = { repository: "blue", package: "dns", workspace: "one", revision: "v7" };
    expect(planRevision(observation({ desired: "published", spec: { packageRevID } }))).toMatchObject({
      blocker: { kind: "stalled", message: expect.stringContaining("there is no tag refs/tags/dns/v7") },
    });
    expect(planRevision(observation({ desired: "published" }))).toMatchObject({
      blocker: { message: expect.stringContaining("there is no tag refs/tags/dns/vN") },
    });
  });

  it("says how to restore refs that were deleted on the remote", () => {
    const missingTag = planRevision(observation({ current: "published", status: { commit: oid(5), revision: "v1" } }));
    expect(missingTag).toMatchObject({ blocker: { message: expect.stringContaining(`or else ${oid(5)} to it`) } });
    const missingBranch = planRevision(observation({ current: "draft", status: { commit: oid(6) } }));
    expect(missingBranch).toMatchObject({ blocker: { message: expect.stringContaining("refs/heads/dns/one") } });
  });
});

describe("recordedLifecycle", () => {
  it.each([
    [draft, "draft"],
    [proposed, "proposed"],
    [draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { lifecycle: "published" }) }), "draft"],
  ])("%#", (found, lifecycle) => expect(recordedLifecycle(found)).toBe(lifecycle));
});
