import { type Static, Type } from "typebox";
import type { CustomResource, KindDefinition } from "../schema/kind.ts";
import { anyObject, listByKey, rules, text } from "../schema/schema.ts";
import { AGE_COLUMN, READY_COLUMNS, SINCE_COLUMN } from "./columns.ts";
import { conditions, observedGeneration } from "./conditions.ts";
import { folder, repositoryName } from "./package-identity.ts";
import { CONFIG_GROUP } from "./repository.ts";
import { LABEL_RELEASE } from "./well-known.ts";

/** As `upstream.revision`: the newest published revision, also without the field. */
export const LATEST_REVISION = "latest";
const MAX_DOWNSTREAM = 16;

function stringMap(description: string, maxValue: number) {
  return Type.Record(Type.String(), Type.String({ maxLength: maxValue }), { description, maxProperties: 64 });
}

const packageContext = Type.Object(
  {
    inputs: Type.Optional(
      Type.Array(anyObject("A KRM object."), { description: "spec.inputs of the package revisions.", maxItems: 64 }),
    ),
    annotations: Type.Optional(stringMap("Annotations of the package revisions.", 4096)),
    labels: Type.Optional(
      stringMap(`Labels of the package revisions; ${LABEL_RELEASE} makes their drafts members of a release.`, 63),
    ),
    readinessGates: Type.Optional(
      listByKey(
        Type.Object({ conditionType: text("As in spec.readinessGates of a PackageRevision.", 316) }),
        "conditionType",
        "spec.readinessGates of the package revisions.",
        16,
      ),
    ),
  },
  {
    description: "What the package revisions of the downstream package have.",
    ...rules(
      ...["annotations", "labels"].map((field) => ({
        rule:
          `!has(self.${field}) || self.${field}.all(key, ${field === "labels" ? `key == '${LABEL_RELEASE}' || ` : ""}` +
          `!key.matches('^([^/]*[.])?(pkgserver[.]dev|kubernetes[.]io|k8s[.]io)/'))`,
        message: `packageContext.${field}: keys of pkgserver.dev, kubernetes.io and k8s.io are reserved`,
      })),
    ),
  },
);

/** @param repositoryName the schema of a Repository's name; a template has expressions in names */
export function variantSpec(repositoryName: (description: string) => ReturnType<typeof text>) {
  const upstream = Type.Object(
    {
      target: Type.Optional(folder("The target of the source; absent for a catalog.")),
      repository: repositoryName("The Repository of the source, in the same namespace."),
      realm: Type.Optional(folder("The realm of the source.", 1024)),
      package: folder("The package of the source."),
      revision: Type.Optional(
        folder(
          "The published revision: exact, such as `v3`; `latest`, as without the field; or a range of semantic " +
            "versions, such as `^1.2.0` or `>=1 <3`, of which the newest is taken. v3 counts as 3.0.0.",
        ),
      ),
    },
    { description: "The package that the downstream package is made from." },
  );

  const downstream = Type.Object(
    {
      target: Type.Optional(folder("The target of the package, such as a cluster; absent for a catalog.")),
      repository: repositoryName("The Repository of the package, in the same namespace."),
      realm: Type.Optional(folder("The realm of the package.", 1024)),
      package: folder("The name of the package's folder."),
    },
    { description: "The package that is made." },
  );

  return Type.Object({
    upstream,
    downstream,
    packageContext: Type.Optional(packageContext),
    adoptionPolicy: Type.Optional(
      Type.Enum(["adoptNone", "adoptExisting"], {
        description:
          "Of a downstream package that is there already. adoptNone: it is left alone. adoptExisting: it becomes this " +
          "variant's.",
        default: "adoptNone",
      }),
    ),
    deletionPolicy: Type.Optional(
      Type.Enum(["delete", "orphan"], {
        description:
          "Of the downstream package when the variant is deleted. delete: drafts are deleted, and the deletion of " +
          "published revisions is proposed. orphan: it stays as it is.",
        default: "delete",
      }),
    ),
    upgradeStrategy: Type.Optional(
      Type.Enum(["resource-merge", "fast-forward", "replace", "copy"], {
        description: "spec.upgradeStrategy of the upgrades. It alone changes no draft.",
      }),
    ),
  });
}

const spec = variantSpec(repositoryName);

const status = Type.Object({
  observedGeneration,
  conditions: Type.Optional(conditions),
  upstreamRevision: Type.Optional(folder("The revision that spec.upstream.revision means now.")),
  workspace: Type.Optional(folder("The workspace of the spec: of one that was used before, with a suffix.")),
  draft: Type.Optional(text("The draft or proposal of this variant.", 253)),
  published: Type.Optional(text("The latest published package revision of this variant.", 253)),
  adopted: Type.Optional(
    Type.Array(text("The name of a package revision.", 253), {
      description: "Package revisions that were there already, and are this variant's; of very many, the first.",
      maxItems: MAX_DOWNSTREAM,
    }),
  ),
});

export type PackageVariantSpec = Static<typeof spec>;
export type PackageVariantStatus = Static<typeof status>;
export type PackageVariant = CustomResource<PackageVariantSpec, PackageVariantStatus>;

export const packageVariantKind = {
  group: CONFIG_GROUP,
  version: "v1alpha1",
  kind: "PackageVariant",
  plural: "packagevariants",
  singular: "packagevariant",
  shortNames: ["pkgvar"],
  description: "A package that is made from another one, and follows its revisions: each change is a draft to review.",
  spec,
  status,
  statusDefault: { observedGeneration: -1 },
  columns: [
    ...READY_COLUMNS,
    { name: "Upstream", type: "string", jsonPath: ".spec.upstream.package" },
    { name: "Revision", type: "string", jsonPath: ".status.upstreamRevision" },
    { name: "Target", type: "string", jsonPath: ".spec.downstream.target" },
    { name: "Package", type: "string", jsonPath: ".spec.downstream.package" },
    AGE_COLUMN,
    SINCE_COLUMN,
    { name: "Draft", type: "string", jsonPath: ".status.draft", wide: true },
    { name: "Published", type: "string", jsonPath: ".status.published", wide: true },
  ],
  selectable: [],
  rules: [],
} as const satisfies KindDefinition;
