import { describe, expect, it } from "vitest";
import type { Lifecycle, PackageRevisionSpec, PackageRevisionStatus } from "../../api/v1alpha1/package-revision.ts";
import { draftBranch, oid, publishedRef, trailersOf } from "../testing/discovered.ts";
import { aRepository, aRevision, aView, condition, observed } from "../testing/observed.ts";
import type { Observation, RevisionView } from "./observation.ts";
import { type Plan, planRevision, recordedLifecycle } from "./plan.ts";

const CONFIRM_HISTORY = "pkg.pkgserver.dev/confirm-history";
const proposal = { digest: "d1", commit: oid(1), by: "ann", at: "2025-01-02T03:04:05Z" };
const approval = { digest: "d1", by: "eve" };
const draft = draftBranch("dns", "one");
const proposed = draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { lifecycle: "proposed" }) });
const moved = draftBranch("dns", "one", { commit: oid(9) });
const tag = publishedRef("dns", "v1");

/** What was seen, from what differs: the wish, what status says, and what Git has. */
function see(facts: {
  readonly wish?: Lifecycle;
  readonly spec?: Partial<PackageRevisionSpec>;
  readonly is?: Lifecycle;
  readonly status?: Partial<PackageRevisionStatus>;
  readonly view?: Partial<RevisionView> | "unread";
  readonly more?: Partial<Omit<Observation, "view">>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}): Observation {
  const { wish, is, view = {}, deleted = false, annotations } = facts;
  const spec = { ...facts.spec, ...(wish !== undefined && { lifecycle: wish }) };
  const status =
    is === undefined && facts.status === undefined ? undefined : { ...facts.status, ...(is && { lifecycle: is }) };
  const object = aRevision({
    spec,
    ...(status !== undefined && { status }),
    ...(annotations !== undefined && { annotations }),
    deleted,
  });
  return observed(object, { ...facts.more, view: view === "unread" ? view : aView(view) });
}

/** A plan in short: what it does, and why it waits. */
function told(plan: Plan): string {
  const blocker = "blocker" in plan && plan.blocker !== undefined ? ` ${plan.blocker.reason}` : "";
  const more =
    plan.kind === "createDraft"
      ? ` ${plan.origin.kind}`
      : plan.kind === "returnToDraft" && plan.voided
        ? " voided"
        : "";
  return `${plan.kind}${more}${blocker}`;
}

type Row = readonly [string, Observation, string];

const ready = (status: "True" | "False") => aRepository({}, { ready: condition("Ready", status) });
const noRepository = (seen: Observation): Observation => {
  const { repository: _, ...rest } = seen;
  return rest;
};

const reading: readonly Row[] = [
  ["no Repository", noRepository(see({})), "block RepositoryNotFound"],
  ["a Repository that nobody looked at yet", see({ view: "unread" }), "wait"],
  ["a Repository from before a restart", see({ view: "unread", more: { repository: ready("True") } }), "wait"],
  [
    "a Repository that cannot be read",
    see({ view: "unread", more: { repository: ready("False") } }),
    "block RepositoryNotReady",
  ],
  [
    "a Repository that was read before a restart, its history in doubt",
    see({
      view: "unread",
      more: { repository: aRepository({}, { ready: condition("Ready", "False", "HistoryRewritten") }) },
    }),
    "wait",
  ],
];

const beginning: readonly Row[] = [
  ["a new package", see({}), "createDraft empty"],
  ["a new package, to be proposed at once", see({ wish: "proposed" }), "createDraft empty"],
  ["a new package of the task init", see({ spec: { tasks: [{ type: "init" }] } }), "createDraft init"],
  ["a package that has a revision", see({ view: { latest: tag } }), "createDraft latest"],
  ["init beside a revision", see({ spec: { tasks: [{ type: "init" }] }, view: { latest: tag } }), "createDraft init"],
  [
    "a clone",
    see({
      spec: { tasks: [{ type: "clone" }], upstream: { repository: "red", package: "dns" } },
      more: { upstream: { kind: "found", source: tag } },
    }),
    "createDraft upstream",
  ],
  [
    "a clone of what is not there",
    see({
      spec: { tasks: [{ type: "clone" }], upstream: { repository: "red", package: "dns" } },
      more: { upstream: { kind: "missing", message: "m" } },
    }),
    "block UpstreamNotFound",
  ],
  ["refs that conflict", see({ view: { conflictingRefs: ["refs/heads/dns"] } }), "block RefConflict"],
  ["published, without a tag", see({ wish: "published" }), "block RevisionNotFound"],
  ["deletionProposed, without a tag", see({ wish: "deletionProposed" }), "block RevisionNotFound"],
  ["a draft whose branch is gone", see({ is: "draft" }), "block BranchMissing"],
  ["a proposal whose branch is gone", see({ wish: "published", is: "proposed" }), "block BranchMissing"],
];

const drafting: readonly Row[] = [
  ["a branch of others", see({ view: { found: draft } }), "syncDraft"],
  ["a draft", see({ wish: "draft", is: "draft", view: { found: draft } }), "syncDraft"],
  ["a draft without a wish", see({ is: "draft", view: { found: draft } }), "syncDraft"],
  ["a draft to be proposed", see({ wish: "proposed", is: "draft", view: { found: draft } }), "propose"],
  [
    "a draft that a gate holds",
    see({ wish: "proposed", spec: { readinessGates: [{ conditionType: "a" }] }, is: "draft", view: { found: draft } }),
    "syncDraft WaitingForGate",
  ],
  [
    "a draft to be published at once",
    see({ wish: "published", spec: { approval }, is: "draft", view: { found: draft } }),
    "syncDraft NotProposed",
  ],
  [
    "a draft to be deleted by lifecycle",
    see({ wish: "deletionProposed", is: "draft", view: { found: draft } }),
    "syncDraft NotProposed",
  ],
  ["a proposal that is known from Git alone", see({ wish: "proposed", view: { found: proposed } }), "keepProposed"],
  [
    "an approval before the proposal was read back",
    see({ wish: "published", spec: { approval }, view: { found: proposed } }),
    "keepProposed",
  ],
  [
    "a draft whose branch was rewritten",
    see({ wish: "proposed", is: "draft", view: { found: draft, branchLost: oid(7) } }),
    "block BranchRewritten",
  ],
  [
    "a draft whose new history was confirmed",
    see({
      is: "draft",
      view: { found: draft, branchLost: oid(7) },
      annotations: { [CONFIRM_HISTORY]: `${oid(7)}..${draft.commit}` },
    }),
    "syncDraft",
  ],
  [
    "a draft whose history before that was confirmed",
    see({
      is: "draft",
      view: { found: draft, branchLost: oid(7) },
      annotations: { [CONFIRM_HISTORY]: `${oid(8)}..${draft.commit}` },
    }),
    "block BranchRewritten",
  ],
  [
    "a recorded proposal that status calls a draft",
    see({ wish: "draft", is: "draft", view: { found: proposed } }),
    "syncDraft",
  ],
];

const status = { proposal };
const proposing: readonly Row[] = [
  ["a proposal", see({ wish: "proposed", is: "proposed", status, view: { found: draft } }), "keepProposed"],
  ["a proposal taken back", see({ wish: "draft", is: "proposed", status, view: { found: draft } }), "returnToDraft"],
  ["a proposal without any wish", see({ is: "proposed", status, view: { found: draft } }), "returnToDraft"],
  [
    "a proposal whose branch others moved",
    see({ wish: "proposed", is: "proposed", status, view: { found: moved } }),
    "returnToDraft voided",
  ],
  [
    "an approved one whose branch others moved",
    see({ wish: "published", spec: { approval }, is: "proposed", status, view: { found: moved } }),
    "returnToDraft voided",
  ],
  [
    "an approved one",
    see({ wish: "published", spec: { approval }, is: "proposed", status, view: { found: draft } }),
    "publish",
  ],
  [
    "a wish without an approval",
    see({ wish: "published", is: "proposed", status, view: { found: draft } }),
    "keepProposed ApprovalMissing",
  ],
  [
    "an approval of something else",
    see({
      wish: "published",
      spec: { approval: { digest: "d0", by: "eve" } },
      is: "proposed",
      status,
      view: { found: draft },
    }),
    "keepProposed ApprovalMissing",
  ],
  [
    "an approval whose wish is not to publish",
    see({ wish: "proposed", spec: { approval }, is: "proposed", status, view: { found: draft } }),
    "keepProposed",
  ],
  [
    "an outdated base",
    see({ wish: "published", spec: { approval }, is: "proposed", status, view: { found: draft, latest: tag } }),
    "keepProposed OutdatedBase",
  ],
];

const publishing: readonly Row[] = [
  ["a tag of others", see({ wish: "published", view: { found: tag } }), "syncPublished"],
  [
    "a tag that a crash left without status",
    see({ wish: "published", spec: { approval }, is: "proposed", status, view: { found: tag } }),
    "syncPublished",
  ],
  [
    "what is published",
    see({ wish: "published", is: "published", status: { commit: oid(1) }, view: { found: tag } }),
    "syncPublished",
  ],
  [
    "what is proposed for deletion",
    see({ wish: "deletionProposed", is: "deletionProposed", status: { commit: oid(1) }, view: { found: tag } }),
    "syncPublished",
  ],
  [
    "a tag that was moved",
    see({ wish: "published", is: "published", status: { commit: oid(7) }, view: { found: tag } }),
    "syncPublished TagMoved",
  ],
  [
    "a tag that was deleted",
    see({ wish: "published", is: "published", status: { commit: oid(1), revision: "v1" } }),
    "block TagMissing",
  ],
  [
    "a tag that was deleted, beside a branch",
    see({ wish: "published", is: "published", view: { found: draft } }),
    "block TagMissing",
  ],
];

const gone = { deleted: true } as const;
const deleting: readonly Row[] = [
  ["a draft", see({ ...gone, is: "draft", status: { commit: draft.commit }, view: { found: draft } }), "deleteDraft"],
  [
    "a proposal",
    see({ ...gone, is: "proposed", status: { ...status, commit: draft.commit }, view: { found: draft } }),
    "deleteDraft",
  ],
  [
    "a draft that others pushed to unseen",
    see({ ...gone, is: "draft", status: { commit: oid(7) }, view: { found: draft } }),
    "removeFinalizer",
  ],
  ["a branch without status", see({ ...gone, view: { found: draft } }), "removeFinalizer"],
  ["a draft whose branch is gone", see({ ...gone, is: "draft" }), "removeFinalizer"],
  [
    "what is proposed for deletion",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, view: { found: tag } }),
    "deletePublished",
  ],
  [
    "what is proposed for deletion while main's history is in doubt",
    see({
      ...gone,
      is: "deletionProposed",
      status: { commit: oid(1) },
      view: { found: tag, mainCommit: oid(7), mainLost: oid(8) },
    }),
    "block HistoryRewritten",
  ],
  [
    "what is proposed for deletion, deleted before, and brought back as it was",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, view: { found: tag, tombstone: oid(1) } }),
    "deletePublished",
  ],
  [
    "what is proposed for deletion under a number that was deleted as something else",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, view: { found: tag, tombstone: oid(9) } }),
    "block RefConflict",
  ],
  [
    "what is proposed for deletion while main is gone",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, view: { found: tag, hadMain: true } }),
    "block MainMissing",
  ],
  [
    "what is proposed for deletion, its tag moved",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(7) }, view: { found: tag } }),
    "removeFinalizer",
  ],
  [
    "what is proposed for deletion, its tag gone",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) } }),
    "removeFinalizer",
  ],
  [
    "what is published",
    see({ ...gone, is: "published", status: { commit: oid(1) }, view: { found: tag } }),
    "removeFinalizer",
  ],
  ["what is published and has a branch", see({ ...gone, is: "published", view: { found: draft } }), "removeFinalizer"],
  [
    "what only wishes to be deleted",
    see({ ...gone, wish: "deletionProposed", is: "published", status: { commit: oid(1) }, view: { found: tag } }),
    "removeFinalizer",
  ],
  ["a tag without status", see({ ...gone, view: { found: tag } }), "removeFinalizer"],
  ["a draft that became a tag", see({ ...gone, is: "proposed", status, view: { found: tag } }), "removeFinalizer"],
  [
    "anything without its Repository",
    noRepository(see({ ...gone, is: "draft", view: { found: draft } })),
    "removeFinalizer",
  ],
  [
    "anything with its Repository",
    see({ ...gone, is: "draft", view: { found: draft }, more: { repository: aRepository({}, { deleted: true }) } }),
    "removeFinalizer",
  ],
  ["a draft of a Repository that was not read", see({ ...gone, is: "draft", view: "unread" }), "wait"],
  [
    "a draft of a Repository that cannot be read",
    see({ ...gone, is: "draft", view: "unread", more: { repository: ready("False") } }),
    "block RepositoryNotReady",
  ],
  [
    "what is published, in a Repository that was not read",
    see({ ...gone, is: "published", view: "unread" }),
    "removeFinalizer",
  ],
  ["what nobody looked at, in a Repository that was not read", see({ ...gone, view: "unread" }), "removeFinalizer"],
];

describe("planRevision", () => {
  it.each(reading)("before Git was read, with %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(beginning)("begins %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(drafting)("keeps or proposes %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(proposing)("decides on %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(publishing)("settles %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(deleting)("deletes %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));

  it("publishes the commit that was proposed", () => {
    const seen = see({ wish: "published", spec: { approval }, is: "proposed", status, view: { found: draft } });
    expect(planRevision(seen)).toMatchObject({ kind: "publish", commit: proposal.commit, draft });
  });

  it("says how to bring back what was deleted on the remote", () => {
    const tagGone = planRevision(see({ is: "published", status: { commit: oid(5), revision: "v1" } }));
    expect(tagGone).toMatchObject({ blocker: { message: expect.stringContaining(`or else ${oid(5)} to it`) } });
    const branchGone = planRevision(see({ is: "draft", status: { commit: oid(6) } }));
    expect(branchGone).toMatchObject({ blocker: { message: expect.stringContaining("refs/heads/dns/one") } });
  });
});

describe("recordedLifecycle", () => {
  it.each([
    [draft, "draft"],
    [proposed, "proposed"],
    [draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { lifecycle: "published" }) }), "draft"],
  ])("%#", (found, lifecycle) => expect(recordedLifecycle(found)).toBe(lifecycle));
});
