import { type Static, Type } from "typebox";
import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { anyObject, DNS_LABEL, listByKey, rules, text, time } from "../schema/schema.ts";
import { validatorOf } from "../schema/validate.ts";
import { conditions, observedGeneration } from "./conditions.ts";

export const PKG_GROUP = "pkg.pkgserver.dev";

const label = (description: string, options: Record<string, unknown> = {}) =>
  text(description, 63, { minLength: 1, ...options });

/** Folder names in Git need not be DNS labels. An admission policy requires labels of objects that users create. */
const folder = (description: string, max = 255) => text(description, max, { minLength: 1 });

/** `package` is a reserved word of CEL; apiextensions.k8s.io/v1 escapes it as `__package__`. */
const escapeField = (field: string) => (field === "package" ? "__package__" : field);

const packageRevID = Type.Object(
  {
    target: Type.Optional(folder("What the package is for, such as a cluster. `catalog`, or absent, in a catalog.")),
    repository: label("The Repository of the same namespace.", { pattern: DNS_LABEL }),
    realm: Type.Optional(folder("The folders between target and package, separated by `/`.", 1024)),
    package: folder("The name of the package's folder."),
    revision: Type.Optional(folder("The published revision, such as v3. The operator sets it once.")),
    workspace: folder("Distinguishes the drafts of one package, and names the draft's branch."),
  },
  {
    description: "The identity of the package revision. metadata.name is derived from it.",
    ...rules(
      ...["target", "realm"].map((field) => ({
        rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
        message: `packageRevID.${field} is immutable`,
        reason: "FieldValueForbidden" as const,
      })),
      ...["repository", "package", "workspace"].map((field) => ({
        rule: `self.${escapeField(field)} == oldSelf.${escapeField(field)}`,
        message: `packageRevID.${field} is immutable`,
        reason: "FieldValueForbidden" as const,
      })),
      {
        rule: "!has(oldSelf.revision) || (has(self.revision) && self.revision == oldSelf.revision)",
        message: "packageRevID.revision is immutable once set",
        reason: "FieldValueForbidden",
      },
    ),
  },
);

const upstream = Type.Object({
  target: Type.Optional(folder("The target of the source; absent for a catalog.")),
  repository: label("The Repository of the source, in the same namespace.", { pattern: DNS_LABEL }),
  realm: Type.Optional(folder("The realm of the source.", 1024)),
  package: folder("The package of the source."),
  revision: Type.Optional(
    folder(
      "The published revision of the source. Absent: the latest. `main`: the current commit of spec.git.ref of its Repository, released or not. status.upstreamLock has what was taken.",
    ),
  ),
});

/** As `upstream.revision`: the package's folder on main. */
export const MAIN_REVISION = "main";

/** In `status.waitingFor`, and as a reason: the remote refused a push. */
export const PUSH_REJECTED = "PushRejected";

export const LIFECYCLES = ["draft", "proposed", "published", "deletionProposed"] as const;
const lifecycle = (description: string) => Type.Enum([...LIFECYCLES], { description });

const approval = Type.Object(
  {
    digest: text("status.proposal.digest of the reviewed proposal.", 128),
    by: text("The name of the approver, who is the requester.", 1024),
  },
  { description: "The approval, given together with lifecycle published. Kubernetes 1.36 and later fills it in." },
);

const spec = Type.Object(
  {
    packageRevID,
    lifecycle: Type.Optional(
      lifecycle("The desired lifecycle; status.lifecycle is the current one. Absent at creation: draft."),
    ),
    approval: Type.Optional(approval),
    tasks: Type.Optional(
      Type.Array(
        Type.Object({
          type: Type.Enum(["init", "clone"], {
            description: "init: a new small package. clone: a copy of spec.upstream.",
          }),
        }),
        {
          description:
            "How the draft begins. Without a task it begins from the package's latest published revision, or empty.",
          maxItems: 1,
          ...rules({
            rule: "self == oldSelf",
            message: "spec.tasks is immutable: it says how the draft began",
            reason: "FieldValueForbidden",
          }),
        },
      ),
    ),
    upstream: Type.Optional({
      ...upstream,
      description: "The package revision that this one is cloned from.",
      ...rules({ rule: "self == oldSelf", message: "spec.upstream is immutable", reason: "FieldValueForbidden" }),
    } as typeof upstream),
    inputs: Type.Optional(
      Type.Array(anyObject("A KRM object."), {
        description: "KRM objects with values for the package, kept with it in Git.",
        maxItems: 64,
      }),
    ),
    updatePolicy: Type.Optional(
      Type.Enum(["loose", "strict"], {
        description:
          "What happens to files that the package's source (its upstream, or a program that renders it) no longer has. loose: they stay. strict: they are deleted.",
      }),
    ),
    readinessGates: Type.Optional(
      listByKey(
        Type.Object({ conditionType: text("The type of a condition in status.conditions.", 316) }),
        "conditionType",
        "Conditions that must be True before the package revision is proposed, except pkg.pkgserver.dev/approve and pkg.pkgserver.dev/install. Other programs set them.",
        16,
      ),
    ),
  },
  rules(
    { rule: "has(self.tasks) == has(oldSelf.tasks)", message: "spec.tasks is immutable: it says how the draft began" },
    { rule: "has(self.upstream) == has(oldSelf.upstream)", message: "spec.upstream is immutable" },
  ),
);

const proposal = Type.Object({
  digest: text("The digest of the frozen contents, to which an approval is bound.", 128),
  commit: text("The commit with the frozen contents.", 64),
  by: Type.Optional(text("The proposer.", 1024)),
  at: time("The time of the proposal."),
});

const upstreamLock = Type.Object({
  revision: folder("The revision that was cloned."),
  commit: text("The commit of that revision.", 64),
  digest: text("The digest of its contents.", 128),
});

const base = Type.Object({
  revision: Type.Optional(
    folder("The package's latest published revision when the draft began. Absent: there was none."),
  ),
  commit: Type.Optional(text("The commit at which the draft's branch began. Absent in an empty repository.", 64)),
  mainCommit: Type.Optional(
    text("The commit of spec.git.ref with whose files the draft began. Absent: it began with those of a revision.", 64),
  ),
});

const status = Type.Object({
  observedGeneration,
  lifecycle: Type.Optional(lifecycle("The current lifecycle, in Git and in the cluster.")),
  conditions: Type.Optional(conditions),
  revision: Type.Optional(folder("The published revision.")),
  base: Type.Optional(base),
  commit: Type.Optional(
    text("The commit with these contents: the head of the draft's branch, or the commit of the tag.", 64),
  ),
  contentDigest: Type.Optional(text("sha256 over paths, modes and bytes of the package's files.", 128)),
  metadataDigest: Type.Optional(
    text("sha256 over spec, labels and annotations of a draft or proposal as recorded in Git.", 128),
  ),
  proposal: Type.Optional(proposal),
  waitingFor: Type.Optional(
    Type.Array(text("A condition type or a reason.", 316), {
      description: "What the desired lifecycle waits for. While it has entries, the request may be taken back.",
      maxItems: 20,
    }),
  ),
  publishedBy: Type.Optional(text("The approver.", 1024)),
  publishTimestamp: Type.Optional(time("The time of the publication.")),
  upstreamLock: Type.Optional(upstreamLock),
  files: Type.Optional(Type.Integer({ description: "Number of files in the package." })),
  contents: Type.Optional(
    Type.Enum(["GitOnly"], {
      description:
        "GitOnly: spec.contents of the Repository does not keep the files in the cluster; the annotation pkg.pkgserver.dev/show-contents=true shows them. Absent: the files are in the cluster.",
    }),
  ),
  contentsSize: Type.Optional(
    Type.Integer({
      description: "The size of the files in the cluster, present or not, in bytes of JSON.",
      format: "int64",
    }),
  ),
});

export type Lifecycle = (typeof LIFECYCLES)[number];
export type PackageRevID = Static<typeof packageRevID>;
export type Proposal = Static<typeof proposal>;
export type UpstreamLock = Static<typeof upstreamLock>;
export type DraftBase = Static<typeof base>;
export type PackageRevisionSpec = Static<typeof spec>;
export type PackageRevisionStatus = Static<typeof status>;
/** True for a spec that the API server would accept, as far as the schema decides; CEL rules are not evaluated. */
export const isPackageRevisionSpec = validatorOf(spec);
export const isDraftBase = validatorOf(base);
export const isUpstreamLock = validatorOf(upstreamLock);
export type PackageRevision = CustomResource<PackageRevisionSpec, PackageRevisionStatus>;

export const packageRevisionKind = {
  group: PKG_GROUP,
  version: "v1alpha1",
  kind: "PackageRevision",
  plural: "packagerevisions",
  singular: "packagerevision",
  shortNames: ["pkgrev"],
  description: "One revision of a package: a draft to edit, a proposal to review, or a published revision.",
  spec,
  status,
  statusDefault: { observedGeneration: -1 },
  columns: [
    { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: "Status", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
    { name: "Lifecycle", type: "string", jsonPath: ".status.lifecycle" },
    { name: "Revision", type: "string", jsonPath: ".status.revision" },
    { name: "Latest", type: "string", jsonPath: ".metadata.labels.pkg\\.pkgserver\\.dev/latest" },
    { name: "Repository", type: "string", jsonPath: ".spec.packageRevID.repository" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    { name: "Target", type: "string", jsonPath: ".spec.packageRevID.target", wide: true },
    { name: "Realm", type: "string", jsonPath: ".spec.packageRevID.realm", wide: true },
    { name: "Package", type: "string", jsonPath: ".spec.packageRevID.package", wide: true },
    { name: "Workspace", type: "string", jsonPath: ".spec.packageRevID.workspace", wide: true },
    { name: "Files", type: "string", jsonPath: '.status.conditions[?(@.type=="FilesValid")].reason', wide: true },
    { name: "Contents", type: "string", jsonPath: ".status.contents", wide: true },
    { name: "Published-By", type: "string", jsonPath: ".status.publishedBy", wide: true },
    { name: "Message", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].message', wide: true },
  ],
  selectable: [
    ".spec.packageRevID.repository",
    ".spec.packageRevID.target",
    ".spec.packageRevID.realm",
    ".spec.packageRevID.package",
    ".spec.packageRevID.workspace",
    ".spec.lifecycle",
    ".status.lifecycle",
    ".status.revision",
  ],
  rules: [],
} as const satisfies KindDefinition;
