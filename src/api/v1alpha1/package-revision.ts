import { type Static, Type } from "typebox";
import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { anyObject, DNS_LABEL, listByKey, rules, text, time } from "../schema/schema.ts";
import { validatorOf } from "../schema/validate.ts";
import { conditions, observedGeneration } from "./conditions.ts";

export const PKG_GROUP = "pkg.pkgserver.dev";

const label = (description: string, options: Record<string, unknown> = {}) =>
  text(description, 63, { minLength: 1, ...options });

/** Folder names in Git are freer than DNS labels; what users create is held to labels by an admission policy. */
const folder = (description: string, max = 255) => text(description, max, { minLength: 1 });

/** `package` is a reserved word of CEL; apiextensions.k8s.io/v1 has it written `__package__`. */
const escapeField = (field: string) => (field === "package" ? "__package__" : field);

const packageRevID = Type.Object(
  {
    target: Type.Optional(
      folder("What the package is for, such as a cluster; `catalog`, or absent, in a catalog repository."),
    ),
    repository: label("The Repository of the same namespace.", { pattern: DNS_LABEL }),
    realm: Type.Optional(folder("The folders between the target and the package, `/` between them.", 1024)),
    package: folder("The package's folder name."),
    revision: Type.Optional(folder("The published revision, such as v3. Set by the operator, once.")),
    workspace: folder("Tells the drafts of one package apart, and names the draft's branch."),
  },
  {
    description: "Which revision of which package it is; metadata.name is made of it.",
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
  target: Type.Optional(folder("Its target; absent for a catalog.")),
  repository: label("The Repository of the same namespace that holds it.", { pattern: DNS_LABEL }),
  realm: Type.Optional(folder("Its realm.", 1024)),
  package: folder("Its package."),
  revision: Type.Optional(
    folder(
      "Its published revision; the latest if absent. `main`: what spec.git.ref of its Repository holds now, released or not. What was taken is in status.upstreamLock.",
    ),
  ),
});

/** As `upstream.revision`: the package's folder on the branch that holds the published packages. */
export const MAIN_REVISION = "main";

/** In `status.waitingFor`, and as a reason: the remote has looked at a push, and takes none of it. */
export const PUSH_REJECTED = "PushRejected";

export const LIFECYCLES = ["draft", "proposed", "published", "deletionProposed"] as const;
const lifecycle = (description: string) => Type.Enum([...LIFECYCLES], { description });

const approval = Type.Object(
  {
    digest: text("status.proposal.digest of what was reviewed.", 128),
    by: text("The name of the user who approves: the requester.", 1024),
  },
  { description: "Who approves what, together with lifecycle published. Filled in by Kubernetes 1.36 and later." },
);

const spec = Type.Object(
  {
    packageRevID,
    lifecycle: Type.Optional(
      lifecycle("The lifecycle wished for; what is done is in status.lifecycle. Absent at creation means draft."),
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
          description: "How the draft begins. Without a task: from the package's latest published revision, or empty.",
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
      description: "The package revision that this one was made from.",
      ...rules({ rule: "self == oldSelf", message: "spec.upstream is immutable", reason: "FieldValueForbidden" }),
    } as typeof upstream),
    inputs: Type.Optional(
      Type.Array(anyObject("A KRM object."), {
        description: "Values for the package, kept with it in Git.",
        maxItems: 64,
      }),
    ),
    updatePolicy: Type.Optional(
      Type.Enum(["loose", "strict"], {
        description:
          "What happens to files that the package's source (its upstream, or a program that renders it) no longer has. loose: they stay. strict: they go.",
      }),
    ),
    readinessGates: Type.Optional(
      listByKey(
        Type.Object({ conditionType: text("The type of a condition in status.conditions.", 316) }),
        "conditionType",
        "Conditions that must be True before a wish to propose is carried out (pkg.pkgserver.dev/approve and …/install excepted). Others set them.",
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
  digest: text("Digest of the frozen contents: what an approval is bound to.", 128),
  commit: text("The commit that holds them.", 64),
  by: Type.Optional(text("Who proposed.", 1024)),
  at: time("When."),
});

const upstreamLock = Type.Object({
  revision: folder("The revision that was taken."),
  commit: text("Its commit.", 64),
  digest: text("Digest of its contents.", 128),
});

const base = Type.Object({
  revision: Type.Optional(
    folder("The package's latest published revision when the draft began; absent if there was none."),
  ),
  commit: Type.Optional(text("The commit that the draft's branch grew from; absent in an empty repository.", 64)),
  mainCommit: Type.Optional(
    text(
      "The commit of spec.git.ref whose files the draft began with; absent where it began with those of a revision.",
      64,
    ),
  ),
});

const status = Type.Object({
  observedGeneration,
  lifecycle: Type.Optional(lifecycle("The lifecycle that has been carried out, in Git and here.")),
  conditions: Type.Optional(conditions),
  revision: Type.Optional(folder("The published revision.")),
  base: Type.Optional(base),
  commit: Type.Optional(
    text("The commit that holds these contents: the draft branch's head, or what the tag points at.", 64),
  ),
  contentDigest: Type.Optional(text("sha256 over the package's files: paths, modes and bytes.", 128)),
  metadataDigest: Type.Optional(
    text("sha256 over the spec, labels and annotations of a draft or proposal that Git has recorded.", 128),
  ),
  proposal: Type.Optional(proposal),
  waitingFor: Type.Optional(
    Type.Array(text("A condition type or a reason.", 316), {
      description: "What the wish in spec.lifecycle waits for.",
      maxItems: 20,
    }),
  ),
  publishedBy: Type.Optional(text("Who approved.", 1024)),
  publishTimestamp: Type.Optional(time("When it was published.")),
  upstreamLock: Type.Optional(upstreamLock),
  files: Type.Optional(Type.Integer({ description: "Files in the package." })),
  contents: Type.Optional(
    Type.Enum(["GitOnly"], {
      description:
        "GitOnly: the files are not kept in the cluster, by spec.contents of the Repository; the annotation pkg.pkgserver.dev/show-contents=true shows them. Absent: they are.",
    }),
  ),
  contentsSize: Type.Optional(
    Type.Integer({
      description: "What the files take, or would take, in the cluster, in bytes of JSON.",
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
/** True for what the API server would accept as a spec, as far as the schema says; its rules are its own. */
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
  description: "One revision of a package: a draft that is edited, a proposal that is reviewed, or what was published.",
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
