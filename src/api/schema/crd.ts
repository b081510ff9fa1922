import type { Column, KindDefinition } from "./kind.ts";
import { type StructuralSchema, toStructuralSchema } from "./structural.ts";

/** A CustomResourceDefinition of apiextensions.k8s.io/v1, with its keys in the order of the file. */
export interface CustomResourceDefinition {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string };
  readonly spec: { readonly [field: string]: unknown };
}

/**
 * The CRD of a kind: namespaced, in the category `pkg`, with a status subresource that begins as `statusDefault`.
 * Throws an Error if the kind's schema has no structural form.
 */
export function toCustomResourceDefinition(kind: KindDefinition): CustomResourceDefinition {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
        categories: ["pkg"],
      },
      scope: "Namespaced",
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns.map(toPrinterColumn),
          ...(kind.selectable.length > 0 && { selectableFields: kind.selectable.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: toRootSchema(kind) },
        },
      ],
    },
  };
}

function toPrinterColumn(column: Column): Record<string, unknown> {
  return {
    name: column.name,
    type: column.type,
    jsonPath: column.jsonPath,
    ...(column.description !== undefined && { description: column.description }),
    ...(column.wide === true && { priority: 1 }),
  };
}

function toRootSchema(kind: KindDefinition): StructuralSchema {
  const { description, ...status } = toStructuralSchema(kind.status, ".status");
  return {
    description: kind.description,
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { description: "The version of this schema: group/version.", type: "string" },
      kind: { description: "The kind of the object.", type: "string" },
      metadata: { type: "object" },
      spec: { description: "The desired state.", ...toStructuralSchema(kind.spec, ".spec") },
      status: {
        description: description ?? "The observed state, written by the operator.",
        default: kind.statusDefault,
        ...status,
      },
    },
    ...(kind.rules.length > 0 && { "x-kubernetes-validations": kind.rules }),
  };
}
