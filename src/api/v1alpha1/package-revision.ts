import { type Static, Type } from "typebox";
import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { anyObject, listByKey, rules, text } from "../schema/schema.ts";
import { validatorOf } from "../schema/validate.ts";
import { AGE_COLUMN, READY_COLUMNS, SINCE_COLUMN } from "./columns.ts";
import { lifecycle } from "./lifecycle.ts";
import { packageRevID, upstream } from "./package-identity.ts";
import { approvalGroups, type PackageRevisionStatus, status } from "./package-revision-status.ts";

export const PKG_GROUP = "pkg.pkgserver.dev";

const DIGEST = "status.proposal.digest of the proposal that was reviewed.";

const overrideFreeze = text(
  "Why the proposal is published in spite of spec.freezes of the Repository. Needs the verb override-freeze on " +
    "packagerevisions.",
  256,
  { minLength: 1 },
);

const release = text(
  "Required of a member of a release: status.release.digest of the release that was reviewed. The approval is void " +
    "once the release has other members, or other contents.",
  128,
);

const approval = Type.Object(
  {
    digest: text(DIGEST, 128),
    by: text("The name of the approver, who is the requester. Filled in by Kubernetes 1.36 and later.", 1024),
    groups: Type.Optional(approvalGroups),
    overrideFreeze: Type.Optional(overrideFreeze),
    release: Type.Optional(release),
  },
  { description: "The approval, given together with lifecycle published." },
);

const approvals = Type.Record(
  Type.String(),
  Type.Object(
    {
      digest: text(DIGEST, 128),
      groups: Type.Optional(approvalGroups),
      release: Type.Optional(release),
      overrideFreeze: Type.Optional(overrideFreeze),
    },
    { description: "The approval of the user with this name." },
  ),
  {
    description:
      "Further approvals, by the name of the approver, where spec.approval of the Repository asks for several. Each " +
      "user adds their own, and may remove it until the package revision is being published.",
    maxProperties: 32,
  },
);

const spec = Type.Object(
  {
    packageRevID,
    lifecycle: Type.Optional(
      lifecycle("The desired lifecycle; status.lifecycle is the current one. Absent at creation: draft."),
    ),
    approval: Type.Optional(approval),
    approvals: Type.Optional(approvals),
    tasks: Type.Optional(
      Type.Array(
        Type.Object({
          type: Type.Enum(["init", "clone", "upgrade"], {
            description:
              "init: a new small package. clone: a copy of spec.upstream. upgrade: the package's latest published " +
              "revision, merged with what spec.upstream has changed since that revision was cloned or upgraded.",
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
      description: "The package revision that this one is cloned from, or upgraded to.",
      ...rules({ rule: "self == oldSelf", message: "spec.upstream is immutable", reason: "FieldValueForbidden" }),
    } as typeof upstream),
    inputs: Type.Optional(
      Type.Array(anyObject("A KRM object."), {
        description: "KRM objects with values for the package, kept with it in Git.",
        maxItems: 64,
      }),
    ),
    upgradeStrategy: Type.Optional(
      Type.Enum(["resource-merge", "fast-forward", "replace", "copy"], {
        description:
          "How an upgrade treats local changes. resource-merge, the default: the changes of both sides, by resource " +
          "and field. fast-forward: only without local changes. replace: spec.upstream as it is. copy: spec.upstream, " +
          "and the files that only the package has.",
        ...rules({
          rule: "self == oldSelf",
          message: "spec.upgradeStrategy is immutable: it says how the draft began",
          reason: "FieldValueForbidden",
        }),
      }),
    ),
    updatePolicy: Type.Optional(
      Type.Enum(["loose", "strict"], {
        description:
          "The treatment of files that the package's source (its upstream, or a program that renders it) no " +
          "longer has. loose: they stay. strict: they are deleted.",
      }),
    ),
    readinessGates: Type.Optional(
      listByKey(
        Type.Object({ conditionType: text("An entry of status.gates, or a condition of the operator.", 316) }),
        "conditionType",
        "Gates that must be True for the contents before the package revision is proposed, and when it is " +
          "published, except pkg.pkgserver.dev/approve and pkg.pkgserver.dev/install. Other programs set them in " +
          "status.gates; FilesValid is the operator's condition.",
        16,
      ),
    ),
  },
  rules(
    { rule: "has(self.tasks) == has(oldSelf.tasks)", message: "spec.tasks is immutable: it says how the draft began" },
    { rule: "has(self.upstream) == has(oldSelf.upstream)", message: "spec.upstream is immutable" },
    {
      rule: "has(self.upgradeStrategy) == has(oldSelf.upgradeStrategy)",
      message: "spec.upgradeStrategy is immutable: it says how the draft began",
    },
  ),
);

export type PackageRevisionSpec = Static<typeof spec>;
/** True for a spec that the API server would accept, as far as the schema decides; CEL rules are not evaluated. */
export const isPackageRevisionSpec = validatorOf(spec);
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
    ...READY_COLUMNS,
    { name: "Lifecycle", type: "string", jsonPath: ".status.lifecycle" },
    { name: "Revision", type: "string", jsonPath: ".status.revision" },
    { name: "Latest", type: "string", jsonPath: ".metadata.labels.pkg\\.pkgserver\\.dev/latest" },
    { name: "Repository", type: "string", jsonPath: ".spec.packageRevID.repository" },
    AGE_COLUMN,
    SINCE_COLUMN,
    { name: "Files", type: "string", jsonPath: '.status.conditions[?(@.type=="FilesValid")].reason', wide: true },
    { name: "Contents", type: "string", jsonPath: ".status.contents", wide: true },
    { name: "Provenance", type: "string", jsonPath: ".status.provenance", wide: true },
    { name: "Published-By", type: "string", jsonPath: ".status.publishedBy", wide: true },
    {
      name: "Changes",
      type: "string",
      jsonPath: ".status.changes",
      description: "What a draft or proposal changes: objects, and risks.",
      wide: true,
    },
    {
      name: "Upgrade",
      type: "string",
      jsonPath: ".status.upgrade",
      description: "The later revision of its upstream.",
      wide: true,
    },
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
