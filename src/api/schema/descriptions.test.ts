import { describe, expect, it } from "vitest";
import { packageRevisionKind } from "../v1alpha1/package-revision.ts";
import { packageRevisionResourcesKind } from "../v1alpha1/package-revision-resources.ts";
import { repositoryKind } from "../v1alpha1/repository.ts";
import { toCustomResourceDefinition } from "./crd.ts";
import type { StructuralSchema } from "./structural.ts";

/** The API server describes it in `kubectl explain`, and accepts no description of a CRD. */
const DESCRIBED_ELSEWHERE = ["metadata"];

/** Paths of the fields without a description, below a schema. */
function undescribed(schema: StructuralSchema, path: string): readonly string[] {
  const {
    properties = {},
    items,
    additionalProperties,
  } = schema as {
    readonly properties?: Readonly<Record<string, StructuralSchema>>;
    readonly items?: StructuralSchema;
    readonly additionalProperties?: StructuralSchema;
  };
  const fields = Object.entries(properties).filter(([name]) => !DESCRIBED_ELSEWHERE.includes(name));
  return [
    ...fields.flatMap(([name, field]) => [
      ...(typeof field.description === "string" && field.description !== "" ? [] : [`${path}.${name}`]),
      ...undescribed(field, `${path}.${name}`),
    ]),
    ...(items === undefined ? [] : undescribed(items, `${path}[]`)),
    ...(typeof additionalProperties === "object" ? undescribed(additionalProperties, `${path}{}`) : []),
  ];
}

describe.each([repositoryKind, packageRevisionKind, packageRevisionResourcesKind])("the CRD of $kind", (kind) => {
  it("describes every field, for kubectl explain", () => {
    const { spec } = toCustomResourceDefinition(kind);
    const versions = spec.versions as readonly { readonly schema: { readonly openAPIV3Schema: StructuralSchema } }[];
    expect(versions).toHaveLength(1);
    expect(versions.flatMap(({ schema }) => undescribed(schema.openAPIV3Schema, ""))).toEqual([]);
  });
});
