import { describe, expect } from "vitest";
import { clusterTest } from "../../src/kube/testing/cluster.ts";
import { askServer, decide } from "./verdicts.ts";

type Path = readonly (string | number)[];
interface Tree {
  [key: string | number]: unknown;
}

const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const SPEC = {
  type: "object",
  required: ["code"],
  minProperties: 1,
  "x-kubernetes-validations": [{ rule: "true", message: "m" }],
  properties: {
    code: { type: "string", pattern: "^[a-z]+$", maxLength: 5, enum: ["a"], nullable: true },
    size: { type: "integer", minimum: 1, exclusiveMinimum: false, multipleOf: 1 },
    list: { type: "array", minItems: 1, items: { type: "string" }, "x-kubernetes-list-type": "atomic" },
    map: { type: "object", additionalProperties: { type: "integer" } },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
    either: {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      oneOf: [{ required: ["a"] }],
      not: { required: ["b"] },
    },
  },
};

function definition(): Tree {
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    deprecated: false,
    subresources: { status: {} },
    additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".spec.a", priority: 1 }],
    schema: { openAPIV3Schema: { type: "object", properties: { spec: structuredClone(SPEC) } } },
  });
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.nulls.pkgserver.test" },
    spec: {
      group: "nulls.pkgserver.test",
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList", shortNames: ["w"] },
      conversion: { strategy: "None" },
      preserveUnknownFields: false,
      versions: [version("v1", true), version("v2", false)],
    },
  };
}

function pathsBelow(value: unknown, path: Path = []): readonly Path[] {
  const below = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const keyOf = (key: string): string | number => (Array.isArray(value) ? Number(key) : key);
  return [...(path.length > 0 ? [path] : []), ...below.flatMap(([key, one]) => pathsBelow(one, [...path, keyOf(key)]))];
}

/** The definition with a change where a path leads to. */
function changed(path: Path, change: (parent: Tree, key: string | number) => void): string {
  const root = definition();
  const parent = path.slice(0, -1).reduce<Tree>((at, key) => at[key] as Tree, root);
  change(parent, path.at(-1) ?? "");
  return JSON.stringify(root);
}

const it = clusterTest;

describe("a CustomResourceDefinition that the API server accepts is accepted", () => {
  it("as it is", async ({ client }) => {
    const text = JSON.stringify(definition());
    expect([decide([text]), await askServer(client, PATH, text)]).toEqual(["accepted", "accepted"]);
  });

  const putNull = (parent: Tree, key: string | number): void => {
    parent[key] = null;
  };
  const remove = (parent: Tree, key: string | number): void => {
    if (!Array.isArray(parent)) delete parent[key];
  };
  it.for([
    ["null", putNull],
    ["missing", remove],
  ] as const)("with any part that is %s", async ([, change], { client }) => {
    const [differs, accepted]: [string[], string[]] = [[], []];
    for (const path of pathsBelow(definition())) {
      const text = changed(path, change);
      const [verdict, server] = [decide([text]), await askServer(client, PATH, text)];
      if (server !== "refused") accepted.push(path.join("."));
      if (server !== "refused" && verdict !== server) differs.push(`${path.join(".")}: ${server}, not ${verdict}`);
    }
    expect(differs).toEqual([]);
    expect(accepted).toEqual(expect.arrayContaining(["spec.versions.1.storage", "spec.versions.0.served"]));
  });
});
