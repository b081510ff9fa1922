import { describe, expect, it } from "vitest";
import type { Lifecycle, PackageRevisionSpec, PackageRevisionStatus } from "../../api/v1alpha1/package-revision.ts";
import { draftBranch, oid, publishedRef, stampOf } from "../testing/discovered.ts";
import { aRepository, aRevision, aView, condition, observed } from "../testing/observed.ts";
import type { GitView, Observed } from "./observation.ts";
import { type Plan, planRevision, recordedLifecycle } from "./plan.ts";

const CONFIRM_HISTORY = "pkg.pkgserver.dev/confirm-history";
const proposal = { digest: "d1", commit: oid(1), by: "ann", at: "2025-01-02T03:04:05Z" };
const approval = { digest: "d1", by: "eve" };
const draft = draftBranch("dns", "one");
const proposed = draftBranch("dns", "one", { stamp: stampOf("dns", "one", { lifecycle: "proposed" }) });
const moved = draftBranch("dns", "one", { commit: oid(9) });
const tag = publishedRef("dns", "v1");

/** What was seen, from what differs: the wish, what status says, and what Git has. */
function see(facts: {
  readonly wish?: Lifecycle;
  readonly spec?: Partial<PackageRevisionSpec>;
  readonly is?: Lifecycle;
  readonly status?: Partial<PackageRevisionStatus>;
  readonly git?: Partial<GitView> | "unread";
  readonly more?: Partial<Omit<Observed, "git">>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}): Observed {
  const { wish, is, git = {}, deleted = false, annotations } = facts;
  const spec = { ...facts.spec, ...(wish !== undefined && { lifecycle: wish }) };
  const status =
    is === undefined && facts.status === undefined ? undefined : { ...facts.status, ...(is && { lifecycle: is }) };
  const object = aRevision({
    spec,
    ...(status !== undefined && { status }),
    ...(annotations !== undefined && { annotations }),
    deleted,
  });
  return observed(object, { ...facts.more, git: git === "unread" ? git : aView(git) });
}

/** A plan in short: what it does, and why it waits. */
function told(plan: Plan): string {
  const veto = "veto" in plan && plan.veto !== undefined ? ` ${plan.veto.reason}` : "";
  const more = plan.do === "start" ? ` ${plan.beginning.from}` : plan.do === "withdraw" && plan.voided ? " voided" : "";
  return `${plan.do}${more}${veto}`;
}

type Row = readonly [string, Observed, string];

const ready = (status: "True" | "False") => aRepository({}, { ready: condition("Ready", status) });
const noRepository = (seen: Observed): Observed => {
  const { repository: _, ...rest } = seen;
  return rest;
};

const reading: readonly Row[] = [
  ["no Repository", noRepository(see({})), "block RepositoryNotFound"],
  ["a Repository that nobody looked at yet", see({ git: "unread" }), "wait"],
  ["a Repository from before a restart", see({ git: "unread", more: { repository: ready("True") } }), "wait"],
  [
    "a Repository that cannot be read",
    see({ git: "unread", more: { repository: ready("False") } }),
    "block RepositoryNotReady",
  ],
  [
    "a Repository that was read before a restart, its history in doubt",
    see({
      git: "unread",
      more: { repository: aRepository({}, { ready: condition("Ready", "False", "HistoryRewritten") }) },
    }),
    "wait",
  ],
];

const beginning: readonly Row[] = [
  ["a new package", see({}), "start empty"],
  ["a new package, to be proposed at once", see({ wish: "proposed" }), "start empty"],
  ["a new package of the task init", see({ spec: { tasks: [{ type: "init" }] } }), "start init"],
  ["a package that has a revision", see({ git: { latest: tag } }), "start latest"],
  ["init beside a revision", see({ spec: { tasks: [{ type: "init" }] }, git: { latest: tag } }), "start init"],
  [
    "a clone",
    see({
      spec: { tasks: [{ type: "clone" }], upstream: { repository: "red", package: "dns" } },
      more: { upstream: { state: "found", source: tag } },
    }),
    "start upstream",
  ],
  [
    "a clone of what is not there",
    see({
      spec: { tasks: [{ type: "clone" }], upstream: { repository: "red", package: "dns" } },
      more: { upstream: { state: "missing", message: "m" } },
    }),
    "block UpstreamNotFound",
  ],
  ["refs that conflict", see({ git: { conflictingRefs: ["refs/heads/dns"] } }), "block RefConflict"],
  ["published, without a tag", see({ wish: "published" }), "block RevisionNotFound"],
  ["deletionProposed, without a tag", see({ wish: "deletionProposed" }), "block RevisionNotFound"],
  ["a draft whose branch is gone", see({ is: "draft" }), "block BranchMissing"],
  ["a proposal whose branch is gone", see({ wish: "published", is: "proposed" }), "block BranchMissing"],
];

const drafting: readonly Row[] = [
  ["a branch of others", see({ git: { found: draft } }), "open"],
  ["a draft", see({ wish: "draft", is: "draft", git: { found: draft } }), "open"],
  ["a draft without a wish", see({ is: "draft", git: { found: draft } }), "open"],
  ["a draft to be proposed", see({ wish: "proposed", is: "draft", git: { found: draft } }), "propose"],
  [
    "a draft that a gate holds",
    see({ wish: "proposed", spec: { readinessGates: [{ conditionType: "a" }] }, is: "draft", git: { found: draft } }),
    "open WaitingForGate",
  ],
  [
    "a draft to be published at once",
    see({ wish: "published", spec: { approval }, is: "draft", git: { found: draft } }),
    "open NotProposed",
  ],
  [
    "a draft to be deleted by lifecycle",
    see({ wish: "deletionProposed", is: "draft", git: { found: draft } }),
    "open NotProposed",
  ],
  ["a proposal that is known from Git alone", see({ wish: "proposed", git: { found: proposed } }), "hold"],
  [
    "an approval before the proposal was read back",
    see({ wish: "published", spec: { approval }, git: { found: proposed } }),
    "hold",
  ],
  [
    "a draft whose branch was rewritten",
    see({ wish: "proposed", is: "draft", git: { found: draft, branchLost: oid(7) } }),
    "block BranchRewritten",
  ],
  [
    "a draft whose new history was confirmed",
    see({
      is: "draft",
      git: { found: draft, branchLost: oid(7) },
      annotations: { [CONFIRM_HISTORY]: `${oid(7)}..${draft.commit}` },
    }),
    "open",
  ],
  [
    "a draft whose history before that was confirmed",
    see({
      is: "draft",
      git: { found: draft, branchLost: oid(7) },
      annotations: { [CONFIRM_HISTORY]: `${oid(8)}..${draft.commit}` },
    }),
    "block BranchRewritten",
  ],
  [
    "a stamped proposal that status calls a draft",
    see({ wish: "draft", is: "draft", git: { found: proposed } }),
    "open",
  ],
];

const status = { proposal };
const proposing: readonly Row[] = [
  ["a proposal", see({ wish: "proposed", is: "proposed", status, git: { found: draft } }), "hold"],
  ["a proposal taken back", see({ wish: "draft", is: "proposed", status, git: { found: draft } }), "withdraw"],
  ["a proposal without any wish", see({ is: "proposed", status, git: { found: draft } }), "withdraw"],
  [
    "a proposal whose branch others moved",
    see({ wish: "proposed", is: "proposed", status, git: { found: moved } }),
    "withdraw voided",
  ],
  [
    "an approved one whose branch others moved",
    see({ wish: "published", spec: { approval }, is: "proposed", status, git: { found: moved } }),
    "withdraw voided",
  ],
  [
    "an approved one",
    see({ wish: "published", spec: { approval }, is: "proposed", status, git: { found: draft } }),
    "publish",
  ],
  [
    "a wish without an approval",
    see({ wish: "published", is: "proposed", status, git: { found: draft } }),
    "hold ApprovalMissing",
  ],
  [
    "an approval of something else",
    see({
      wish: "published",
      spec: { approval: { digest: "d0", by: "eve" } },
      is: "proposed",
      status,
      git: { found: draft },
    }),
    "hold ApprovalMissing",
  ],
  [
    "an approval whose wish is not to publish",
    see({ wish: "proposed", spec: { approval }, is: "proposed", status, git: { found: draft } }),
    "hold",
  ],
  [
    "an outdated base",
    see({ wish: "published", spec: { approval }, is: "proposed", status, git: { found: draft, latest: tag } }),
    "hold OutdatedBase",
  ],
];

const publishing: readonly Row[] = [
  ["a tag of others", see({ wish: "published", git: { found: tag } }), "settle"],
  [
    "a tag that a crash left without status",
    see({ wish: "published", spec: { approval }, is: "proposed", status, git: { found: tag } }),
    "settle",
  ],
  [
    "what is published",
    see({ wish: "published", is: "published", status: { commit: oid(1) }, git: { found: tag } }),
    "settle",
  ],
  [
    "what is proposed for deletion",
    see({ wish: "deletionProposed", is: "deletionProposed", status: { commit: oid(1) }, git: { found: tag } }),
    "settle",
  ],
  [
    "a tag that was moved",
    see({ wish: "published", is: "published", status: { commit: oid(7) }, git: { found: tag } }),
    "settle TagMoved",
  ],
  [
    "a tag that was deleted",
    see({ wish: "published", is: "published", status: { commit: oid(1), revision: "v1" } }),
    "block TagMissing",
  ],
  [
    "a tag that was deleted, beside a branch",
    see({ wish: "published", is: "published", git: { found: draft } }),
    "block TagMissing",
  ],
];

const gone = { deleted: true } as const;
const deleting: readonly Row[] = [
  ["a draft", see({ ...gone, is: "draft", status: { commit: draft.commit }, git: { found: draft } }), "deleteDraft"],
  [
    "a proposal",
    see({ ...gone, is: "proposed", status: { ...status, commit: draft.commit }, git: { found: draft } }),
    "deleteDraft",
  ],
  [
    "a draft that others pushed to unseen",
    see({ ...gone, is: "draft", status: { commit: oid(7) }, git: { found: draft } }),
    "release",
  ],
  ["a branch without status", see({ ...gone, git: { found: draft } }), "release"],
  ["a draft whose branch is gone", see({ ...gone, is: "draft" }), "release"],
  [
    "what is proposed for deletion",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, git: { found: tag } }),
    "deletePublished",
  ],
  [
    "what is proposed for deletion while main's history is in doubt",
    see({
      ...gone,
      is: "deletionProposed",
      status: { commit: oid(1) },
      git: { found: tag, mainCommit: oid(7), mainLost: oid(8) },
    }),
    "block HistoryRewritten",
  ],
  [
    "what is proposed for deletion, deleted before, and brought back as it was",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, git: { found: tag, tombstone: oid(1) } }),
    "deletePublished",
  ],
  [
    "what is proposed for deletion under a number that was deleted as something else",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, git: { found: tag, tombstone: oid(9) } }),
    "block RefConflict",
  ],
  [
    "what is proposed for deletion while main is gone",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) }, git: { found: tag, hadMain: true } }),
    "block MainMissing",
  ],
  [
    "what is proposed for deletion, its tag moved",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(7) }, git: { found: tag } }),
    "release",
  ],
  [
    "what is proposed for deletion, its tag gone",
    see({ ...gone, is: "deletionProposed", status: { commit: oid(1) } }),
    "release",
  ],
  ["what is published", see({ ...gone, is: "published", status: { commit: oid(1) }, git: { found: tag } }), "release"],
  ["what is published and has a branch", see({ ...gone, is: "published", git: { found: draft } }), "release"],
  [
    "what only wishes to be deleted",
    see({ ...gone, wish: "deletionProposed", is: "published", status: { commit: oid(1) }, git: { found: tag } }),
    "release",
  ],
  ["a tag without status", see({ ...gone, git: { found: tag } }), "release"],
  ["a draft that became a tag", see({ ...gone, is: "proposed", status, git: { found: tag } }), "release"],
  ["anything without its Repository", noRepository(see({ ...gone, is: "draft", git: { found: draft } })), "release"],
  [
    "anything with its Repository",
    see({ ...gone, is: "draft", git: { found: draft }, more: { repository: aRepository({}, { deleted: true }) } }),
    "release",
  ],
  ["a draft of a Repository that was not read", see({ ...gone, is: "draft", git: "unread" }), "wait"],
  [
    "a draft of a Repository that cannot be read",
    see({ ...gone, is: "draft", git: "unread", more: { repository: ready("False") } }),
    "block RepositoryNotReady",
  ],
  ["what is published, in a Repository that was not read", see({ ...gone, is: "published", git: "unread" }), "release"],
  ["what nobody looked at, in a Repository that was not read", see({ ...gone, git: "unread" }), "release"],
];

describe("planRevision", () => {
  it.each(reading)("before Git was read, with %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(beginning)("begins %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(drafting)("keeps or proposes %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(proposing)("decides on %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(publishing)("settles %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));
  it.each(deleting)("deletes %s", (_, seen, plan) => expect(told(planRevision(seen))).toBe(plan));

  it("publishes the commit that was proposed", () => {
    const seen = see({ wish: "published", spec: { approval }, is: "proposed", status, git: { found: draft } });
    expect(planRevision(seen)).toMatchObject({ do: "publish", commit: proposal.commit, draft });
  });

  it("says how to bring back what was deleted on the remote", () => {
    const tagGone = planRevision(see({ is: "published", status: { commit: oid(5), revision: "v1" } }));
    expect(tagGone).toMatchObject({ veto: { message: expect.stringContaining(`or else ${oid(5)} to it`) } });
    const branchGone = planRevision(see({ is: "draft", status: { commit: oid(6) } }));
    expect(branchGone).toMatchObject({ veto: { message: expect.stringContaining("refs/heads/dns/one") } });
  });
});

describe("recordedLifecycle", () => {
  it.each([
    [draft, "draft"],
    [proposed, "proposed"],
    [draftBranch("dns", "one", { stamp: stampOf("dns", "one", { lifecycle: "published" }) }), "draft"],
  ])("%#", (found, lifecycle) => expect(recordedLifecycle(found)).toBe(lifecycle));
});
