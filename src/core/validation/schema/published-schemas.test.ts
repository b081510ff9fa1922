import { describe, expect, it } from "vitest";
import { validatePackage } from "../validate-package.ts";
import { readPublished } from "./published-document.ts";
import { publishedSchemas } from "./published-schemas.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const kind = (group: string, name: string, properties: object) => ({
  "x-kubernetes-group-version-kind": [{ group, version: "v1", kind: name }],
  type: "object",
  properties: { apiVersion: {}, kind: {}, metadata: { allOf: [ref(META)] }, ...properties },
});
const publish = (apiVersion: string, schemas: object) =>
  readPublished(
    apiVersion,
    JSON.stringify({ components: { schemas: { ...schemas, [META]: { type: "object", properties: { name: {} } } } } }),
  );

const WIDGETS = publish("example.com/v1", {
  Widget: kind("example.com", "Widget", { spec: { type: "object", properties: { size: { type: "integer" } } } }),
});
const widget = (spec: object) =>
  JSON.stringify({ apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, spec });
const found = (files: Readonly<Record<string, string>>, documents = [WIDGETS]) => {
  const bytes = Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  const { problems, warnings, notCompared } = validatePackage(bytes, { schemas: publishedSchemas(documents) });
  return [...[...problems, ...warnings].map(({ message }) => message), ...notCompared.map(({ type }) => type)];
};

describe("publishedSchemas", () => {
  it("are used for kinds that the package does not define", () => {
    expect(found({ "a.yaml": widget({ size: "1", other: 1 }) })).toEqual([
      "spec.size: must be integer, and is string",
      "spec.other: unknown field",
    ]);
    expect(found({ "a.yaml": widget({ size: 1 }).replace("example.com/v1", "example.com/v2") })).toEqual([
      "example.com/v2/Widget",
    ]);
  });

  it("come after the package's own definitions, and before the bundled schemas", () => {
    const crd = JSON.stringify({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { kind: "Widget", plural: "widgets" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: { spec: { type: "object", properties: { size: { type: "string" } } } },
              },
            },
          },
        ],
      },
    });
    expect(found({ "a.yaml": widget({ size: "1" }), "crd.yaml": crd })).toEqual([]);
    const maps = publish("v1", { ConfigMap: kind("", "ConfigMap", { data: { type: "boolean" } }) });
    const map = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: {} });
    expect(found({ "a.yaml": map })).toEqual([]);
    expect(found({ "a.yaml": map }, [WIDGETS, maps])).toEqual(["data: must be boolean, and is object"]);
  });

  it("are those of a definition if they refer to metadata alone, else of an aggregated API server", () => {
    const nested = { type: "object", properties: { meta: { allOf: [ref(META)] }, list: { type: "array", items: {} } } };
    const custom = publish("example.com/v1", { Widget: kind("example.com", "Widget", { spec: nested }) });
    const Spec = { type: "object" };
    const inList = { type: "array", items: ref("Spec") };
    const aggregated = publish("example.com/v1", { Widget: kind("example.com", "Widget", { spec: inList }), Spec });
    const isCustom = (document: typeof custom) => publishedSchemas([document])("example.com/v1", "Widget")?.isCustom;
    expect([isCustom(custom), isCustom(aggregated)]).toEqual([true, false]);
    const builtIn = publish("apps/v1", { Deployment: kind("apps", "Deployment", { spec: { type: "object" } }) });
    expect(publishedSchemas([builtIn])("apps/v1", "Deployment")?.isCustom).toBe(false);
  });

  it("are compiled once, for the documents that were used last", () => {
    const find = (document: typeof WIDGETS) => publishedSchemas([document])("example.com/v1", "Widget");
    const first = find(WIDGETS);
    expect(find(WIDGETS)).toBe(first);
    const others = Array.from({ length: 32 }, (_, index) =>
      publish("example.com/v1", { Widget: kind("example.com", "Widget", { [`f${index}`]: {} }) }),
    );
    for (const one of others.slice(1)) find(one);
    expect(find(WIDGETS)).toBe(first);
    for (const one of others) find(one);
    expect(find(WIDGETS)).not.toBe(first);
  });

  it("let unknown fields be where an aggregated API server decides on them", () => {
    const Spec = { type: "object" };
    const things = publish("example.org/v1", { Thing: kind("example.org", "Thing", { spec: ref("Spec") }), Spec });
    const thing = widget({ a: 1 }).replace("example.com", "example.org").replace("Widget", "Thing");
    expect(found({ "a.yaml": thing }, [things])).toEqual([]);
  });

  it("warn of a schema that cannot be used", () => {
    const odd = publish("example.com/v1", { Widget: kind("example.com", "Widget", { spec: { type: "nothing" } }) });
    expect(found({ "a.yaml": widget({}) }, [odd])).toEqual([
      "the schema of Widget cannot be used: this is not checked",
    ]);
  });

  it("follow references of definitions to themselves", () => {
    const Node = { type: "object", properties: { next: ref("Node"), size: { type: "integer" } } };
    const trees = publish("example.com/v1", { Widget: kind("example.com", "Widget", { spec: ref("Node") }), Node });
    expect(found({ "a.yaml": widget({ next: { next: { size: "1", more: 1 } } }) }, [trees])).toEqual([
      "spec.next.next.size: must be integer, and is string",
      "spec.next.next.more: unknown field",
    ]);
  });
});
