import type { Given, KubeLike, User } from "./testenv.ts";

export interface Case {
  readonly title: string;
  /** Each of them in turn, on an object of its own. */
  readonly as: readonly User[];
  readonly given: Given;
  /** A merge patch, or a function that makes the object of a replace, or the deletion. */
  readonly act: object | ((object: KubeLike) => object) | "delete";
  /** A part of the refusal; accepted if absent. */
  readonly refused?: string;
  /** What the object then holds. */
  readonly result?: object;
  /** The path of what it no longer holds. */
  readonly lacks?: readonly string[];
}

const DIGEST = "sha256:1111";
const PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
const CHANGED_BY = "pkg.pkgserver.dev/changed-by";
const PROPOSAL = { digest: DIGEST, commit: "c0ffee", by: "alice", at: "2026-01-01T00:00:00Z" };
const APPROVED = { digest: DIGEST, by: "bob" };

export const draft: Given = { spec: { lifecycle: "draft" }, status: { lifecycle: "draft" } };
export const proposed: Given = {
  spec: { lifecycle: "proposed" },
  metadata: { annotations: { [PROPOSED_BY]: "alice" } },
  status: { lifecycle: "proposed", proposal: PROPOSAL },
};
export const published: Given = {
  ...proposed,
  spec: { lifecycle: "published", approval: APPROVED },
  status: { lifecycle: "published", proposal: PROPOSAL, revision: "v1" },
};
const deletionProposed: Given = {
  ...published,
  spec: { lifecycle: "deletionProposed", approval: APPROVED },
  status: { lifecycle: "deletionProposed", proposal: PROPOSAL, revision: "v1" },
};
/** Approved, and not yet carried out. */
const publishing: Given = { ...proposed, spec: { lifecycle: "published", approval: APPROVED } };
export const waiting: Given = { ...publishing, status: { ...proposed.status, waitingFor: ["OutdatedBase"] } };

const everyone: readonly User[] = ["alice", "bob", "admin"];
const approvers: readonly User[] = ["bob", "admin"];
const wish = (lifecycle: string | null, more: object = {}) => ({ spec: { lifecycle, ...more } });
const approve = (by: string, digest = DIGEST) => wish("published", { approval: { digest, by } });
const annotate = (key: string, value: string | null) => ({ metadata: { annotations: { [key]: value } } });

type Step = readonly [from: Given, to: string, refused?: string];

const STILL_PUBLISHED = "what is proposed for deletion is still published: take the deletion back";
const FINAL = "what is published stays published: make a new package revision";
const steps: readonly Step[] = [
  [draft, "draft"],
  [draft, "proposed"],
  [draft, "published", "a draft cannot be published directly: propose it first"],
  [draft, "deletionProposed", "only what is published is proposed for deletion: delete this draft directly"],
  [proposed, "draft"],
  [proposed, "proposed"],
  [proposed, "deletionProposed", "only what is published is proposed for deletion: delete this proposed directly"],
  [published, "draft", FINAL],
  [published, "proposed", FINAL],
  [published, "published"],
  [published, "deletionProposed"],
  [deletionProposed, "draft", STILL_PUBLISHED],
  [deletionProposed, "proposed", STILL_PUBLISHED],
  [deletionProposed, "published"],
  [deletionProposed, "deletionProposed"],
];

/** Every step of the lifecycle, but for the approval, where status has caught up with spec; a cluster administrator is no exception. */
const lifecycleCases: readonly Case[] = [
  ...steps.map(([given, to, refused]) => ({
    title: `${given.spec?.lifecycle} to ${to}`,
    as: everyone,
    given,
    act: wish(to),
    ...(refused === undefined ? { result: { spec: { lifecycle: to } } } : { refused }),
  })),
  ...[draft, proposed, published, deletionProposed].map((given) => ({
    title: `${given.spec?.lifecycle} is not removed`,
    as: everyone,
    given,
    act: wish(null),
    refused: `spec.lifecycle cannot be removed once set (it is ${given.spec?.lifecycle})`,
  })),
  {
    title: "absent is draft, and may stay absent",
    as: everyone,
    given: { status: { lifecycle: "draft" } },
    act: { metadata: { labels: { a: "b" } } },
  },
  { title: "absent to proposed", as: everyone, given: { status: { lifecycle: "draft" } }, act: wish("proposed") },
  {
    title: "absent to published",
    as: everyone,
    given: { status: { lifecycle: "draft" } },
    act: wish("published"),
    refused: "a draft cannot be published directly",
  },
  {
    title: "the operator takes any step",
    as: ["operator"],
    given: published,
    act: wish("draft", { approval: null }),
  },
  ...["draft", "proposed"].map((to) => ({
    title: `publishing that waits is taken back to ${to}, and the approval goes`,
    as: everyone,
    given: waiting,
    act: wish(to, { approval: null }),
    result: { spec: { lifecycle: to } },
    lacks: ["spec", "approval"],
  })),
  {
    title: "publishing that no longer waits is not taken back",
    as: everyone,
    given: publishing,
    act: wish("draft", { approval: null }),
    refused: "the wish can be taken back only while status.waitingFor says",
  },
  {
    title: "what is not published yet is not proposed for deletion",
    as: everyone,
    given: waiting,
    act: wish("deletionProposed"),
    refused: "it is not published yet (status.lifecycle is proposed)",
  },
];

const approvalCases: readonly Case[] = [
  { title: "approved by an approver", as: ["bob"], given: proposed, act: approve("bob") },
  { title: "approved by a cluster administrator", as: ["admin"], given: proposed, act: approve("admin") },
  { title: "approved by the operator", as: ["operator"], given: proposed, act: approve("alice") },
  {
    title: "a plain approval is completed",
    as: approvers,
    given: proposed,
    act: wish("published"),
    result: { spec: { lifecycle: "published", approval: { digest: DIGEST } } },
  },
  {
    title: "approved without the right",
    as: ["alice"],
    given: proposed,
    act: approve("alice"),
    refused: "user alice may not approve: it needs update on packagerevisions/approval in namespace",
  },
  {
    title: "approved before it is proposed",
    as: ["bob"],
    given: { ...proposed, status: { lifecycle: "draft" } },
    act: approve("bob"),
    refused: "not proposed yet (status.lifecycle is draft): wait until status.lifecycle is proposed",
  },
  {
    title: "approved before anything is observed",
    as: ["bob"],
    given: { spec: { lifecycle: "proposed" } },
    act: approve("bob"),
    refused: "not proposed yet",
  },
  {
    title: "approved for an older generation",
    as: ["bob"],
    given: { ...proposed, status: { ...proposed.status, observedGeneration: 0 } },
    act: approve("bob"),
    refused: "the proposal is older than the spec",
  },
  {
    title: "approved with another digest",
    as: approvers,
    given: proposed,
    act: approve("bob", "sha256:2222"),
    refused: `spec.approval.digest is not the digest of the proposal: it changed since it was reviewed; review what is proposed now and approve ${DIGEST}`,
  },
  {
    title: "approved in another's name",
    as: ["bob"],
    given: proposed,
    act: approve("carol"),
    refused: "spec.approval.by must be the name of who approves, bob",
  },
  {
    title: "an approval set in a proposal",
    as: everyone,
    given: proposed,
    act: { spec: { approval: APPROVED } },
    refused: "spec.approval is set by approving",
  },
  {
    title: "an approval set in a draft",
    as: everyone,
    given: draft,
    act: wish("proposed", { approval: APPROVED }),
    refused: "spec.approval is set by approving",
  },
  {
    title: "an approval changed afterwards",
    as: everyone,
    given: published,
    act: { spec: { approval: { by: "carol" } } },
    refused: "spec.approval is set by approving",
  },
  {
    title: "an approval is kept where a manifest leaves it out",
    as: everyone,
    given: published,
    act: ({ spec: { approval: _, ...spec }, ...object }: KubeLike) => ({ ...object, spec }),
    result: { spec: { approval: APPROVED } },
  },
  {
    title: "a plain wish to take back drops the approval",
    as: everyone,
    given: waiting,
    act: wish("proposed"),
    lacks: ["spec", "approval"],
  },
];

const CONFIRM = "pkg.pkgserver.dev/confirm-base";
const APPROVE_GATE = [{ conditionType: "pkg.pkgserver.dev/approve" }];
const aheadCases: readonly Case[] = [
  {
    title: "the annotation confirm-base without the right",
    as: ["alice"],
    given: draft,
    act: annotate(CONFIRM, "v3"),
    refused: "user alice may not set the annotation pkg.pkgserver.dev/confirm-base",
  },
  { title: "the annotation confirm-base with the right", as: approvers, given: draft, act: annotate(CONFIRM, "v3") },
  {
    title: "the annotation confirm-base is withdrawn by anyone",
    as: everyone,
    given: { ...draft, metadata: { annotations: { [CONFIRM]: "v3" } } },
    act: annotate(CONFIRM, null),
  },
  {
    title: "the gate approve without the right",
    as: ["alice"],
    given: draft,
    act: { spec: { readinessGates: APPROVE_GATE } },
    refused: "user alice may not add the gate pkg.pkgserver.dev/approve",
  },
  {
    title: "the gate approve with the right",
    as: approvers,
    given: draft,
    act: { spec: { readinessGates: APPROVE_GATE } },
  },
  {
    title: "the gate approve stays beside others",
    as: everyone,
    given: { ...draft, spec: { ...draft.spec, readinessGates: APPROVE_GATE } },
    act: { spec: { readinessGates: [...APPROVE_GATE, { conditionType: "example.com/checked" }] } },
  },
];

const proposerCases: readonly Case[] = [
  {
    title: "proposing writes down who",
    as: ["alice"],
    given: draft,
    act: wish("proposed"),
    result: { metadata: { annotations: { [PROPOSED_BY]: "alice" } } },
  },
  {
    title: "proposing again writes down who it is now",
    as: ["bob"],
    given: { ...draft, metadata: proposed.metadata ?? {} },
    act: wish("proposed"),
    result: { metadata: { annotations: { [PROPOSED_BY]: "bob" } } },
  },
  {
    title: "proposing in one's own name",
    as: ["alice"],
    given: draft,
    act: { ...wish("proposed"), ...annotate(PROPOSED_BY, "alice") },
    result: { metadata: { annotations: { [PROPOSED_BY]: "alice" } } },
  },
  {
    title: "proposing in another's name",
    as: everyone.filter((user) => user !== "bob"),
    given: draft,
    act: { ...wish("proposed"), ...annotate(PROPOSED_BY, "bob") },
    refused: "the annotation pkg.pkgserver.dev/proposed-by must be the name of who proposes",
  },
  {
    title: "the proposer of a draft",
    as: ["alice"],
    given: draft,
    act: annotate(PROPOSED_BY, "alice"),
    refused: "proposed-by is set by proposing, and in no other way",
  },
  {
    title: "the proposer of a proposal changed",
    as: ["bob", "admin"],
    given: proposed,
    act: annotate(PROPOSED_BY, "carol"),
    refused: "proposed-by is set by proposing, and in no other way",
  },
  {
    title: "the proposer is kept where a manifest leaves it out",
    as: everyone,
    given: proposed,
    act: (object: KubeLike) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }),
    result: { metadata: { annotations: { [PROPOSED_BY]: "alice" } } },
  },
  {
    title: "a rejection forgets the proposer",
    as: everyone,
    given: proposed,
    act: wish("draft"),
    lacks: ["metadata", "annotations", PROPOSED_BY],
  },
];

const changerCases: readonly Case[] = [
  {
    title: "a change writes down who made it",
    as: ["alice"],
    given: { ...draft, metadata: { annotations: { [CHANGED_BY]: "bob" } } },
    act: { metadata: { labels: { tier: "gold" } } },
    result: { metadata: { annotations: { [CHANGED_BY]: "alice" } } },
  },
  {
    title: "a change in another's name",
    as: ["alice"],
    given: draft,
    act: { metadata: { labels: { tier: "gold" }, annotations: { [CHANGED_BY]: "bob" } } },
    refused: "the annotation pkg.pkgserver.dev/changed-by must be the name of who changes",
  },
  {
    title: "the changer is kept where a manifest leaves it out",
    as: ["bob"],
    given: { ...draft, metadata: { annotations: { [CHANGED_BY]: "alice" } } },
    act: (object: KubeLike) => ({ ...object, metadata: { ...object.metadata, annotations: {} } }),
    result: { metadata: { annotations: { [CHANGED_BY]: "alice" } } },
  },
];

const LATEST = "pkg.pkgserver.dev/latest";
const GIT_FINALIZER = "pkg.pkgserver.dev/git";
const reservedCases: readonly Case[] = [
  {
    title: "the label latest set",
    as: everyone,
    given: published,
    act: { metadata: { labels: { [LATEST]: "true" } } },
    refused: "the label pkg.pkgserver.dev/latest is written by the operator",
  },
  {
    title: "the label latest removed",
    as: everyone,
    given: { ...published, metadata: { labels: { [LATEST]: "true" } } },
    act: { metadata: { labels: { [LATEST]: null } } },
    refused: "the label pkg.pkgserver.dev/latest is written by the operator",
  },
  { title: "other labels", as: everyone, given: published, act: { metadata: { labels: { team: "net" } } } },
  {
    title: "a revision set",
    as: everyone,
    given: draft,
    act: { spec: { packageRevID: { revision: "v9" } } },
    refused: "spec.packageRevID.revision is set by the operator",
  },
  {
    title: "a revision set by the operator",
    as: ["operator"],
    given: published,
    act: { spec: { packageRevID: { revision: "v1" } } },
  },
  {
    title: "the finalizer removed",
    as: [...everyone, "collector"],
    given: { ...draft, metadata: { finalizers: [GIT_FINALIZER, "example.com/other"] } },
    act: { metadata: { finalizers: ["example.com/other"] } },
    refused: "the finalizer pkg.pkgserver.dev/git is removed by the operator",
  },
  {
    title: "another finalizer removed",
    as: everyone,
    given: { ...draft, metadata: { finalizers: [GIT_FINALIZER, "example.com/other"] } },
    act: { metadata: { finalizers: [GIT_FINALIZER] } },
  },
  {
    title: "the finalizer removed by the operator",
    as: ["operator"],
    given: { ...draft, metadata: { finalizers: [GIT_FINALIZER] } },
    act: { metadata: { finalizers: [] } },
  },
];

/** A new value for every field of the spec that can change at all. */
export const changeable: Readonly<Record<string, unknown>> = {
  inputs: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "site" } }],
  updatePolicy: "strict",
  readinessGates: [{ conditionType: "example.com/checked" }],
};

const frozenCases: readonly Case[] = Object.entries(changeable).flatMap(
  ([field, value]) =>
    [
      { title: `${field} of a draft`, as: ["alice"], given: draft, act: { spec: { [field]: value } } },
      { title: `${field} before anything is observed`, as: ["alice"], given: {}, act: { spec: { [field]: value } } },
      ...[proposed, published, deletionProposed].flatMap((given) => [
        {
          title: `${field} of what is ${given.spec?.lifecycle}`,
          as: everyone,
          given,
          act: { spec: { [field]: value } },
          refused: `spec.${field} can be changed only in a draft: status.lifecycle is ${given.spec?.lifecycle}`,
        },
        {
          title: `${field} taken from what is ${given.spec?.lifecycle}`,
          as: ["alice"] as const,
          given: { ...given, spec: { ...given.spec, [field]: value } },
          act: { spec: { [field]: null } },
          refused: `spec.${field} can be changed only in a draft`,
        },
      ]),
    ] satisfies readonly Case[],
);

const immutableCases: readonly Case[] = ["target", "repository", "realm", "package", "workspace"].map((field) => ({
  title: `packageRevID.${field} changed, even by the operator`,
  as: ["alice", "admin", "operator"],
  given: draft,
  act: { spec: { packageRevID: { [field]: "other" } } },
  refused: `packageRevID.${field} is immutable`,
}));

const UNDELETABLE =
  "a published package revision is not deleted directly: set spec.lifecycle to deletionProposed first";
const deletionCases: readonly Case[] = [
  { title: "a draft deleted", as: everyone, given: draft, act: "delete" },
  { title: "a proposal deleted", as: everyone, given: proposed, act: "delete" },
  { title: "what was never observed deleted", as: everyone, given: {}, act: "delete" },
  {
    title: "what names a tag that was not found deleted",
    as: ["alice"],
    given: { spec: { lifecycle: "published" } },
    act: "delete",
  },
  {
    title: "what is published deleted",
    as: [...everyone, "collector"],
    given: published,
    act: "delete",
    refused: UNDELETABLE,
  },
  { title: "what is being published deleted", as: everyone, given: publishing, act: "delete", refused: UNDELETABLE },
  {
    title: "what is published deleted, though spec says draft",
    as: everyone,
    given: { ...published, spec: { lifecycle: "draft" } },
    act: "delete",
    refused: UNDELETABLE,
  },
  {
    title: "what is proposed for deletion deleted without the right",
    as: ["alice"],
    given: deletionProposed,
    act: "delete",
    refused: "user alice may not delete what is proposed for deletion",
  },
  {
    title: "what is proposed for deletion deleted by the garbage collector, whose right to everything is no approval",
    as: ["collector"],
    given: deletionProposed,
    act: "delete",
    refused: "may not delete what is proposed for deletion",
  },
  {
    title: "what is proposed for deletion deleted with the right",
    as: approvers,
    given: deletionProposed,
    act: "delete",
  },
  { title: "what is published deleted by the operator", as: ["operator"], given: published, act: "delete" },
];

const rightsCases: readonly Case[] = [
  {
    title: "a viewer proposes",
    as: ["dave"],
    given: draft,
    act: wish("proposed"),
    refused: 'User "dave" cannot patch resource',
  },
  {
    title: "a viewer deletes",
    as: ["dave"],
    given: draft,
    act: "delete",
    refused: 'User "dave" cannot delete resource',
  },
];

export const revisionCases: Readonly<Record<string, readonly Case[]>> = {
  lifecycle: lifecycleCases,
  approval: approvalCases,
  "approval ahead": aheadCases,
  proposer: proposerCases,
  changer: changerCases,
  reserved: reservedCases,
  "frozen spec": frozenCases,
  immutable: immutableCases,
  deletion: deletionCases,
  rights: rightsCases,
};
