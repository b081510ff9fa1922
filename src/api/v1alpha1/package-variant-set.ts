import { type Static, Type } from "typebox";
import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { anyObject, oneOf, text, time } from "../schema/schema.ts";
import { AGE_COLUMN, READY_COLUMNS, SINCE_COLUMN } from "./columns.ts";
import { conditions, observedGeneration } from "./conditions.ts";
import { labelSelector } from "./label-selector.ts";
import { kindOfObjects, serviceAccountName } from "./objects-of-cluster.ts";
import { variantSpec } from "./package-variant.ts";
import { CONFIG_GROUP } from "./repository.ts";
import { rollout, rolloutStatus } from "./rollout.ts";

/** Targets of a set, without `spec.maxTargets`. */
export const DEFAULT_MAX_TARGETS = 500;
/** Of the variants of a set, those that it removes without a confirmation, in per cent. */
export const DEFAULT_MAX_REMOVAL_PERCENT = 20;
const MAX_SHOWN = 20;

const labels = Type.Record(Type.String(), Type.String({ maxLength: 253 }), {
  description: "`target.labels` in templates.",
  maxProperties: 64,
});

const listed = Type.Object({
  name: text("`target.name` in templates. It names the target's variant as well.", 253, { minLength: 1 }),
  labels: Type.Optional(labels),
  annotations: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: 4096 }), {
      description: "`target.annotations` in templates.",
      maxProperties: 64,
    }),
  ),
  fields: Type.Optional(anyObject("`target.fields` in templates: any values.")),
});

const plain = {
  list: Type.Optional(
    Type.Array(listed, { description: "Targets that are written out, each with a name of its own.", maxItems: 1000 }),
  ),
  repositories: Type.Optional(
    Type.Object(
      { selector: labelSelector },
      { description: "A target for each Repository of the namespace, with its name, labels and annotations." },
    ),
  ),
  objects: Type.Optional(
    Type.Object(
      {
        ...kindOfObjects,
        namespace: Type.Optional(
          text("The namespace of the objects; by default that of the set. *: all namespaces.", 63, {
            minLength: 1,
            pattern: "^([a-z0-9]([-a-z0-9]*[a-z0-9])?|[*])$",
          }),
        ),
        targetName: Type.Optional(
          Type.Enum(["Name", "NamespaceAndName"], {
            description:
              "The names of the targets: that of the object, or, for objects of several namespaces that share names, " +
              "namespace and name with a hyphen. Another value is another name for each target.",
            default: "Name",
          }),
        ),
        selector: labelSelector,
        serviceAccountName,
      },
      {
        description:
          "A target for each object of a kind, with its name, labels and annotations, and in `fields` what else it has, " +
          "but its status. Of Secrets there are name and labels alone. Read every 30 seconds by default.",
      },
    ),
  ),
};

const source = Type.Object(
  {
    ...plain,
    matrix: Type.Optional(
      Type.Array(Type.Object(plain, oneOf("list", "repositories", "objects")), {
        description:
          "Two sources: a target for each pair. Its name is both names with a hyphen; of equal keys of labels, " +
          "annotations and fields the second one counts.",
        minItems: 2,
        maxItems: 2,
      }),
    ),
  },
  oneOf("list", "repositories", "objects", "matrix"),
);

const template = variantSpec((description) => text(description, 1024, { minLength: 1 }));

const spec = Type.Object({
  targets: Type.Array(source, {
    description: "Where the targets come from. Each target needs a name that no other one has.",
    minItems: 1,
    maxItems: 16,
  }),
  template: {
    ...template,
    description:
      `The spec of each target's PackageVariant. In its texts, but not in keys and readinessGates, \`\${…}\` is ` +
      `replaced by the value of an expression in CEL, such as \`\${target.labels.region}\`; a text that is nothing ` +
      "else gets the value's type. `target` has name, labels, annotations and fields.",
  } as typeof template,
  maxTargets: Type.Optional(
    Type.Integer({
      description: "With more targets, nothing is changed.",
      minimum: 1,
      maximum: 2000,
      default: DEFAULT_MAX_TARGETS,
      format: "int32",
    }),
  ),
  maxRemovalPercent: Type.Optional(
    Type.Integer({
      description:
        "If more of the variants would be removed within 24 hours, nothing is changed until the annotation " +
        "config.pkg.pkgserver.dev/confirm-removals has the value that status.plan says. One may always go.",
      minimum: 0,
      maximum: 100,
      default: DEFAULT_MAX_REMOVAL_PERCENT,
      format: "int32",
    }),
  ),
  rollout: Type.Optional(rollout),
  dryRun: Type.Optional(
    Type.Boolean({ description: "true: nothing is changed, and status.plan says what would be changed." }),
  ),
});

const planned = (description: string) =>
  Type.Optional(Type.Array(text("The name of a PackageVariant.", 253), { description, maxItems: MAX_SHOWN }));

const plan = Type.Object(
  {
    create: Type.Integer({ description: "Number of variants to create.", format: "int32" }),
    change: Type.Integer({ description: "Number of variants to change.", format: "int32" }),
    remove: Type.Integer({ description: "Number of variants to delete.", format: "int32" }),
    created: planned("Those to create; of very many, the first."),
    changed: Type.Optional(
      Type.Array(
        Type.Object({
          name: text("The name of a PackageVariant.", 253),
          fields: Type.Array(text("A field that changes: its path, the present and the new value.", 512), {
            description: "Of very many, the first.",
            maxItems: 8,
          }),
        }),
        { description: "Those to change; of very many, the first.", maxItems: MAX_SHOWN },
      ),
    ),
    removed: planned("Those to delete; of very many, the first."),
    confirm: Type.Optional(text("The value of the annotation that confirms exactly these removals.", 64)),
  },
  { description: "What would be changed, while nothing is. Absent: everything is as the spec says." },
);

/** Hexadecimal digits of a hash or uid. */
const MAX_ID = 64;

const removals = Type.Object(
  {
    since: time("When this window of 24 hours began."),
    of: Type.Integer({ description: "Number of variants at that time.", format: "int32" }),
    count: Type.Integer({ description: "Number of variants removed since, without a confirmation.", format: "int32" }),
    pending: Type.Optional(
      Type.Array(text("The beginning of a PackageVariant's uid.", MAX_ID), {
        description: "Those that are counted, and may not be gone yet.",
        maxItems: 2000,
      }),
    ),
    confirmed: Type.Optional(text("The last confirmation that was used: it counts only once.", MAX_ID)),
  },
  { description: "What was removed lately, for spec.maxRemovalPercent. Absent: nothing ever." },
);

const status = Type.Object({
  observedGeneration,
  conditions: Type.Optional(conditions),
  targets: Type.Optional(Type.Integer({ description: "Number of targets.", format: "int32" })),
  variants: Type.Optional(Type.Integer({ description: "Number of PackageVariants of this set.", format: "int32" })),
  ready: Type.Optional(Type.Integer({ description: "Number of variants that are Ready.", format: "int32" })),
  published: Type.Optional(
    Type.Integer({
      description: "Number of variants whose present spec and upstream revision are published.",
      format: "int32",
    }),
  ),
  failed: Type.Optional(
    Type.Array(
      Type.Object({
        target: text("The name of the target, or of its PackageVariant.", 512),
        reason: text("The reason, in CamelCase.", 256),
        message: text("What is wrong, and what to do.", 512),
      }),
      {
        description: "Targets that have no variant as the spec wants it; of very many, the first.",
        maxItems: MAX_SHOWN,
      },
    ),
  ),
  plan: Type.Optional(plan),
  removals: Type.Optional(removals),
  rollout: Type.Optional(rolloutStatus),
});

export type PackageVariantSetSpec = Static<typeof spec>;
export type PackageVariantSetStatus = Static<typeof status>;
export type PackageVariantSet = CustomResource<PackageVariantSetSpec, PackageVariantSetStatus>;
export type RemovalRecord = Static<typeof removals>;
export type TargetSource = PackageVariantSetSpec["targets"][number];

export const packageVariantSetKind = {
  group: CONFIG_GROUP,
  version: "v1alpha1",
  kind: "PackageVariantSet",
  plural: "packagevariantsets",
  singular: "packagevariantset",
  shortNames: ["pkgvarset"],
  description: "A PackageVariant for each target of a fleet.",
  spec,
  status,
  statusDefault: { observedGeneration: -1 },
  columns: [
    ...READY_COLUMNS,
    { name: "Targets", type: "integer", jsonPath: ".status.targets" },
    { name: "Published", type: "integer", jsonPath: ".status.published" },
    AGE_COLUMN,
    SINCE_COLUMN,
    { name: "Variants", type: "integer", jsonPath: ".status.variants", wide: true },
    { name: "Rollout", type: "string", jsonPath: ".status.rollout.progress", wide: true },
  ],
  selectable: [],
  rules: [],
} as const satisfies KindDefinition;
