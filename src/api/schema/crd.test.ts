import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { toCustomResourceDefinition } from "./crd.ts";
import type { KindDefinition } from "./kind.ts";

const widget: KindDefinition = {
  group: "example.com",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  singular: "widget",
  shortNames: ["wd"],
  description: "A widget.",
  spec: Type.Object({ size: Type.Integer() }),
  status: Type.Object({ observedGeneration: Type.Integer({ default: -1 }) }),
  statusDefault: { observedGeneration: -1 },
  columns: [
    { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How big." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", wide: true },
  ],
  selectable: [".spec.size"],
  rules: [{ rule: "self.spec.size > 0", message: "too small" }],
};

describe("crd", () => {
  it("contains every property of a kind", () => {
    expect(toCustomResourceDefinition(widget)).toEqual({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        names: {
          kind: "Widget",
          listKind: "WidgetList",
          plural: "widgets",
          singular: "widget",
          shortNames: ["wd"],
          categories: ["pkg"],
        },
        scope: "Namespaced",
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            additionalPrinterColumns: [
              { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How big." },
              { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", priority: 1 },
            ],
            selectableFields: [{ jsonPath: ".spec.size" }],
            schema: {
              openAPIV3Schema: {
                description: "A widget.",
                type: "object",
                required: ["spec"],
                properties: {
                  apiVersion: { description: "The version of this schema: group/version.", type: "string" },
                  kind: { description: "The kind of the object.", type: "string" },
                  metadata: { type: "object" },
                  spec: {
                    description: "The desired state.",
                    type: "object",
                    required: ["size"],
                    properties: { size: { type: "integer" } },
                  },
                  status: {
                    description: "The observed state, written by the operator.",
                    default: { observedGeneration: -1 },
                    type: "object",
                    required: ["observedGeneration"],
                    properties: { observedGeneration: { type: "integer", default: -1 } },
                  },
                },
                "x-kubernetes-validations": [{ rule: "self.spec.size > 0", message: "too small" }],
              },
            },
          },
        ],
      },
    });
  });

  it("leaves out what a kind does not have", () => {
    const text = JSON.stringify(toCustomResourceDefinition({ ...widget, selectable: [], rules: [] }));
    expect(text).not.toContain("selectableFields");
    expect(text).not.toContain("x-kubernetes-validations");
  });
});
