import { type Static, Type } from "typebox";
import { listByKey, text, time } from "../schema/schema.ts";
import { validatorOf } from "../schema/validate.ts";
import { conditions, observedGeneration } from "./conditions.ts";
import { draftBase, lastRebase } from "./draft-base.ts";
import { lifecycle } from "./lifecycle.ts";
import { packageDependencies } from "./package-dependencies.ts";
import { folder } from "./package-identity.ts";

/** In `status.waitingFor`, and as a reason: the remote refused a push. */
/** On a Repository as well: its credentials may read the remote, and not push to it. */
export const PUSH_FORBIDDEN = "PushForbidden";
export const PUSH_REJECTED = "PushRejected";
/** In `status.waitingFor`, and as a reason: other members of the release are not ready to be published. */
export const WAITING_FOR_RELEASE = "WaitingForRelease";

const proposal = Type.Object(
  {
    digest: text(
      "sha256 over the files and the recorded metadata (spec, labels, annotations, origin): an approval is bound to it.",
      128,
    ),
    commit: text("The commit with the frozen contents and the recorded metadata.", 64),
    by: Type.Optional(text("The proposer.", 1024)),
    at: time("The time of the proposal."),
  },
  { description: "What was proposed, by whom and when. An approval names its digest." },
);

/** Of an approver, as admission has checked them. */
export const approvalGroups = Type.Array(text("A group.", 253), {
  description:
    "The groups of the approver that status.requiredApprovals names, all of them. Filled in by Kubernetes 1.36 and later.",
  maxItems: 128,
  "x-kubernetes-list-type": "set",
});

const requiredApprovals = Type.Array(
  Type.Object({
    rule: Type.Optional(
      text("The rule in spec.approval.rules of the Repository. Absent: spec.approval.required, or several rules.", 63),
    ),
    groups: Type.Optional(
      Type.Array(text("A group.", 253), {
        description: "The groups of the approvers. Absent: any approver.",
        maxItems: 8,
      }),
    ),
    required: Type.Integer({ description: "The number of approvals by different users.", format: "int32" }),
  }),
  {
    description:
      "The approvals that the proposal needs by spec.approval of the Repository, if more than the right to approve " +
      "counts.",
    maxItems: 17,
  },
);

const givenApprovals = Type.Array(
  Type.Object({
    by: text("The approver.", 1024),
    groups: Type.Optional(
      Type.Array(text("A group.", 253), { description: "The approver's groups that count.", maxItems: 128 }),
    ),
    digest: text("The digest that was approved.", 128),
    at: time("The time at which the operator saw the approval."),
  }),
  { description: "The approvals given so far, where requiredApprovals asks for more than one user.", maxItems: 33 },
);

const release = Type.Object(
  {
    digest: text("sha256 over the members and the digests of their proposals. An approval names it.", 128),
    members: Type.Integer({ description: "The number of its proposals.", format: "int32" }),
  },
  { description: "The release that the label pkg.pkgserver.dev/release makes the proposal a member of." },
);

const deletionProposal = Type.Object(
  {
    by: Type.Optional(text("The user who proposed the deletion. Absent: not known.", 1024)),
    fourEyes: Type.Boolean({ description: "Another user must carry out the deletion." }),
  },
  { description: "The proposed deletion of a published revision." },
);

const upstreamLock = Type.Object(
  {
    repository: Type.Optional(
      text("The Repository of the package. Absent: that of spec.upstream, as are the target, realm and package.", 63),
    ),
    target: Type.Optional(folder("The target of the package; absent for a catalog.")),
    realm: Type.Optional(folder("The realm of the package.", 1024)),
    package: Type.Optional(folder("The name of the package.")),
    revision: folder("The revision whose contents were taken."),
    commit: text("The commit of that revision.", 64),
    digest: text("The digest of its contents.", 128),
  },
  { description: "The upstream revision that the contents were cloned from, or upgraded to, last." },
);

/** Of package revisions and of contents objects. */
export function attribution(description: string) {
  return Type.Enum(["Complete", "Partial"], { description });
}

const gate = Type.Object({
  conditionType: text("The gate, as spec.readinessGates names it.", 316),
  digest: text("status.contentDigest of the contents that were judged: for others the verdict is void.", 128),
  status: Type.Enum(["True", "False", "Unknown"], { description: "True: the contents may be proposed and published." }),
  lastTransitionTime: Type.Optional(time("When the status became this one. The publication records it.")),
  reason: Type.Optional(text("The reason of the status, in CamelCase, for programs.", 256)),
  message: Type.Optional(text("The reason in sentences: what is wrong, where, and what to do.", 512)),
});

const rendering = Type.Object(
  {
    digest: text(
      "sha256 over what the result depends on: the files before, spec.inputs, and the functions with their versions.",
      128,
    ),
    functions: Type.Array(text("A function that ran, with its version.", 256), {
      description: "The functions that ran, each once.",
      maxItems: 64,
    }),
    data: Type.Optional(
      Type.Array(text("An object, where it comes from, and its digest.", 1024), {
        description: "Objects from outside of the package that the result depends on; of very many, the first.",
        maxItems: 16,
      }),
    ),
  },
  { description: "The last render of a draft. Absent: the package has nothing to render, or a render failed." },
);

const validation = Type.Object(
  {
    errors: Type.Integer({ description: "Number of problems that keep a draft from being proposed.", format: "int32" }),
    warnings: Type.Integer({ description: "Number of other problems.", format: "int32" }),
  },
  { description: "The last validation of a draft or proposal." },
);

export const status = Type.Object({
  observedGeneration,
  lifecycle: Type.Optional(lifecycle("The current lifecycle, in Git and in the cluster.")),
  conditions: Type.Optional(conditions),
  revision: Type.Optional(folder("The published revision.")),
  base: Type.Optional(draftBase),
  commit: Type.Optional(
    text("The commit with these contents: the head of the draft's branch, or the commit of the tag.", 64),
  ),
  contentDigest: Type.Optional(text("sha256 over paths, modes and bytes of the package's files.", 128)),
  metadataDigest: Type.Optional(
    text("sha256 over spec, labels and annotations of a draft or proposal as recorded in Git.", 128),
  ),
  proposal: Type.Optional(proposal),
  requiredApprovals: Type.Optional(requiredApprovals),
  approvals: Type.Optional(givenApprovals),
  release: Type.Optional(release),
  attribution: Type.Optional(
    attribution(
      "Set while spec.approval.fourEyes of the Repository requires that each change of a draft names its user in the " +
        "annotation pkg.pkgserver.dev/changed-by. Complete: all changes since the creation do. Partial: earlier ones " +
        "may not, so that nobody can approve.",
    ),
  ),
  gates: Type.Optional(
    listByKey(
      gate,
      "conditionType",
      "The verdicts of gates, one entry per gate. Programs write them, each with the right to update " +
        "packagerevisions/gates of that condition type; everything else in status is the operator's.",
      32,
    ),
  ),
  waitingFor: Type.Optional(
    Type.Array(text("A condition type or a reason.", 316), {
      description:
        "Conditions and reasons that the desired lifecycle waits for. While it has entries, users may withdraw the " +
        "request.",
      maxItems: 20,
    }),
  ),
  provenance: Type.Optional(
    Type.Enum(["Operator", "External"], {
      description:
        "Who made the tag of a published revision, or the newest commit of a draft: Operator if it has a valid " +
        "signature of the operator for this Repository, or for one in its spec.trustedRepositories. What is External " +
        "says nothing about who proposed or approved it.",
    }),
  ),
  edited: Type.Optional(
    Type.Boolean({
      description:
        "True once the files of a draft were edited or pushed since it began, or it has what was pushed to main; renders " +
        "do not count.",
    }),
  ),
  deletionProposal: Type.Optional(deletionProposal),
  takenBack: Type.Optional(
    text("Who changed what after the last request to propose this draft, which was taken back by that.", 4096),
  ),
  voided: Type.Optional(
    text("Why the last proposal of this draft became void, until the draft is to be proposed again.", 4096),
  ),
  rejected: Type.Optional(
    text(
      "Who rejected the last proposal of this draft, or ended a request for one, and the reason given, until the draft " +
        "is to be proposed again.",
      4096,
    ),
  ),
  lastRejection: Type.Optional(
    Type.Object(
      {
        message: text("Who rejected the proposal, or ended the request for one, and the reason given.", 4096),
        at: time("The time at which the operator recorded it."),
      },
      { description: "The last rejection of this revision: it stays when the draft is proposed again." },
    ),
  ),
  outdatedBy: Type.Optional(
    folder(
      "The latest published revision of the package, if a draft or proposal is based on another one: it is not " +
        "published before it is rebased, or an approver has confirmed that.",
    ),
  ),
  lastRebase: Type.Optional(lastRebase),
  rendering: Type.Optional(rendering),
  validation: Type.Optional(validation),
  changes: Type.Optional(
    text(
      "What a draft or proposal changes against the published revision that it began from, in one line: added, changed " +
        "and removed objects, and risks. status.changes of the contents object of a proposal has more.",
      256,
    ),
  ),
  dependencies: Type.Optional(packageDependencies),
  scheduled: Type.Optional(
    Type.Array(text("The name of a package revision.", 253), {
      description:
        "The drafts that the operator has made for this one, of packages that its target lacked (the gate " +
        "pkg.pkgserver.dev/schedule of the Repository). Each is made once.",
      maxItems: 64,
    }),
  ),
  publishedBy: Type.Optional(text("The approver. Absent: no person, or not known.", 1024)),
  publishedByRule: Type.Optional(
    text("The rule in spec.approval.automatic of the Repository by which it was approved, in the place of people.", 63),
  ),
  publishTimestamp: Type.Optional(time("The time of the publication.")),
  upstreamLock: Type.Optional(upstreamLock),
  upgrade: Type.Optional(
    folder(
      "The latest revision of the package in upstreamLock, if it is later than the one there. Of drafts, proposals and " +
        "the latest published revision.",
    ),
  ),
  upgradeChanges: Type.Optional(
    text(
      "How many files of the package upgrade has added, changed and removed since the revision in upstreamLock: 1 file " +
        "added, 2 changed. Absent if those of one cannot be read.",
      128,
    ),
  ),
  files: Type.Optional(Type.Integer({ description: "Number of files in the package." })),
  contents: Type.Optional(
    Type.Enum(["GitOnly"], {
      description:
        "GitOnly: spec.contents of the Repository does not keep the files in the cluster; the annotation " +
        "pkg.pkgserver.dev/show-contents=true shows them. Absent: the files are in the cluster.",
    }),
  ),
  contentsSize: Type.Optional(
    Type.Integer({
      description: "The size of the files in the cluster, present or not, in bytes of JSON.",
      format: "int64",
    }),
  ),
});

export type Attribution = "Complete" | "Partial";
export type Proposal = Static<typeof proposal>;
export type RequiredApproval = Static<typeof requiredApprovals>[number];
export type GivenApproval = Static<typeof givenApprovals>[number];
export type GateVerdict = Static<typeof gate>;
export type UpstreamLock = Static<typeof upstreamLock>;
export type RenderingStatus = Static<typeof rendering>;
export type ValidationStatus = Static<typeof validation>;
export type DraftBase = Static<typeof draftBase>;
export type PackageRevisionStatus = Static<typeof status>;
/** True for what a commit records of `requiredApprovals` and `approvals`. */
export const areRequiredApprovals = validatorOf(requiredApprovals);
export const areGivenApprovals = validatorOf(givenApprovals);
export const isDraftBase = validatorOf(draftBase);
export const isUpstreamLock = validatorOf(upstreamLock);
