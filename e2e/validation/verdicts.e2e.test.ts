import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { stringify } from "yaml";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import { publishedSchemas } from "../../src/core/validation/schema/published-schemas.ts";
import { ClusterSchemas } from "../../src/kube/openapi/cluster-schemas.ts";
import { clusterTest } from "../../src/kube/testing/cluster.ts";
import { waitUntil } from "../harness/wait.ts";
import { askServer, decide } from "./verdicts.ts";

const definitions: Resource<KubeObject & { readonly spec: object }> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

const CUSTOM_SPEC = {
  type: "object",
  properties: {
    // A keyword that is null is one that is not there.
    size: { type: "integer", minimum: 1, maximum: 9, multipleOf: null, enum: null, nullable: null },
    level: { type: "string", enum: ["low", "high"] },
    code: { type: "string", pattern: "^[a-z]+$", maxLength: 5 },
    other: { type: "string", pattern: "^[0-9]+$" },
    at: { type: "string", format: "date-time" },
    port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
    list: { type: "array", minItems: 1, items: { type: "string" } },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    map: { type: "object", additionalProperties: { type: "integer", exclusiveMinimum: null } },
    maybe: { type: "string", nullable: true },
    part: { type: "object", required: ["a"], properties: { a: { type: "string" } } },
    embedded: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    bounded: { type: "number", minimum: 0, exclusiveMinimum: true },
    either: { type: "object", properties: { a: {}, b: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
  },
} as const;
// Structural schemas give each property a type.
const EITHER = { ...CUSTOM_SPEC.properties.either, properties: { a: { type: "string" }, b: { type: "string" } } };

function definitionOf(group: string) {
  const spec = { ...CUSTOM_SPEC, properties: { ...CUSTOM_SPEC.properties, either: EITHER } };
  const openAPIV3Schema = { type: "object", properties: { metadata: { type: "object" }, spec } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const it = clusterTest
  /** The schemas that the API server publishes for one apiVersion. */
  .extend("publishedIn", { scope: "file" }, ({ client }) => {
    const cluster = new ClusterSchemas({ client, retryMs: 0 });
    return async (apiVersion: string) =>
      await waitUntil(`the schemas of ${apiVersion} are published`, async () => {
        const { documents } = await cluster.documents([apiVersion]);
        return documents.length === 1 ? publishedSchemas(documents) : undefined;
      });
  })
  .extend("definition", { scope: "file" }, async ({ client }, { onCleanup }) => {
    const definition = definitionOf(`v${randomBytes(5).toString("hex")}.pkgserver.test`);
    await client.create(definitions, definition);
    const { name } = definition.metadata;
    onCleanup(async () => await client.delete(definitions, { name }));
    const { group } = definition.spec;
    const widgets: Resource = { group, version: "v1", plural: "widgets", kind: "Widget", namespaced: true };
    await waitUntil("the kind is served", async () => await client.list(widgets).then(() => true));
    return definition;
  });

describe.concurrent("a scalar in a ConfigMap is text for validation as it is for the API server:", () => {
  const SCALARS = [
    ...[
      "a",
      "1",
      "1.5",
      "true",
      "yes",
      "No",
      "on",
      "off",
      "y",
      "n",
      "null",
      "~",
      '""',
      "'1'",
      "0x1F",
      "0o17",
      "017",
      "08",
    ],
    ...[
      "1_000",
      "1e3",
      "1.e3",
      ".5",
      "5.",
      "-.5",
      "+1",
      "1:30",
      "00:11:22:33:44:55",
      "12:30:45.5",
      "2024-01-01",
      "0b11",
      ".",
    ],
    ...[
      "2024-01-01T00:00:00Z",
      ".inf",
      ".NaN",
      "=",
      "<<",
      "1e400",
      "123456789012345678901234567890",
      "!!str 1",
      '!!int "1"',
    ],
    ...[
      "|\n    1",
      "[]",
      "{}",
      "1 # one",
      "-",
      "---x",
      "TRUE",
      "tRue",
      "0x",
      "1.2.3",
      "1,000",
      "Infinity",
      "0e0",
      "-0",
    ],
  ];
  it.for(SCALARS)("%s", async (scalar, { client, namespace }) => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: ${scalar}\n`;
    expect(decide([text])).toBe(await askServer(client, `/api/v1/namespaces/${namespace}/configmaps`, text));
  });
});

describe.concurrent("the name of an object is decided on as the API server does:", () => {
  it.for(["{name: a}", "{generateName: a}", "{}", "{name: ''}", "{name: null}", "{labels: {a: b}}", "null"])(
    "%s",
    async (metadata, { client, namespace }) => {
      const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: ${metadata}\n`;
      expect(decide([text])).toBe(await askServer(client, `/api/v1/namespaces/${namespace}/configmaps`, text));
    },
  );
});

describe.concurrent("a built-in object is decided as the API server does:", () => {
  const pod = { containers: [{ name: "web", image: "nginx" }] };
  const spec = { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: pod } };
  const container = (more: object) => ({
    ...spec,
    template: { ...spec.template, spec: { containers: [{ ...pod.containers[0], ...more }] } },
  });
  const CASES: readonly (readonly [title: string, spec: object])[] = [
    ["good", spec],
    ["null fields", { ...spec, replicas: null, strategy: null }],
    ["a text for a number", { ...spec, replicas: "3" }],
    ["a fraction for a number", { ...spec, replicas: 1.5 }],
    ["a number with a zero fraction", { ...spec, replicas: 3 }],
    ["a list for an object", { ...spec, strategy: [] }],
    ["a wrong enum", { ...spec, strategy: { type: "Big" } }],
    ["an unknown field", { ...spec, replica: 3 }],
    ["an unknown field in a list", container({ imagePolicy: "Always" })],
    ["no selector", { template: spec.template }],
    ["no name of a container", container({ name: undefined })],
    ["a number for a quantity", container({ resources: { limits: { cpu: 1, memory: "1Gi" } } })],
    ["a boolean for a quantity", container({ resources: { limits: { cpu: true } } })],
    [
      "a name for a port",
      container({ livenessProbe: { httpGet: { port: "http" } }, ports: [{ name: "http", containerPort: 80 }] }),
    ],
    ["a boolean for a port", container({ livenessProbe: { httpGet: { port: true } } })],
    ["a text for a boolean", container({ tty: "true" })],
    ["an env value that is a number", container({ env: [{ name: "A", value: 1 }] })],
    ["labels that are numbers", { ...spec, template: { ...spec.template, metadata: { labels: { a: "b", c: 1 } } } }],
    ["an empty object for a list", container({ env: {} })],
    ["null in a list of texts", container({ args: [null] })],
    ["null in a list of objects", container({ env: [null] })],
  ];
  it.for(CASES)("%s", async ([, spec], { client, namespace, publishedIn }) => {
    const text = stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec });
    const verdict = await askServer(client, `/apis/apps/v1/namespaces/${namespace}/deployments`, text);
    expect(decide([text])).toBe(verdict);
    expect(decide([text], await publishedIn("apps/v1"))).toBe(verdict);
  });
});

describe.concurrent("a custom object is decided as the API server does:", () => {
  const SPECS: readonly object[] = [
    {},
    { size: 1 },
    ...[0, 10, 1.5, "1", null].map((size) => ({ size })),
    ...["low", "middle", null].map((level) => ({ level })),
    ...["abc", "ABC", "abcdef", 1].map((code) => ({ code })),
    { code: "abc", other: "123" },
    { code: "abc", other: "abc" },
    ...["2024-01-01T00:00:00Z", "2024-01-01", "now"].map((at) => ({ at })),
    ...[1, "http", 1.5, true].map((port) => ({ port })),
    ...[["a"], [], [1], {}].map((list) => ({ list })),
    { free: { anything: [1] } },
    { map: { a: 1 } },
    { map: { a: "1" } },
    { maybe: null },
    ...[{ a: "x" }, {}, { a: "x", b: 1 }].map((part) => ({ part })),
    { embedded: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: {} } },
    { unknown: 1 },
    ...[0, 0.1].map((bounded) => ({ bounded })),
    ...[{ a: "x" }, {}, { a: "x", b: "y" }].map((either) => ({ either })),
  ];
  it.for(SPECS)("%j", async (spec, { client, namespace, definition, publishedIn }) => {
    const { group } = definition.spec;
    const text = stringify({ apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "w" }, spec });
    const path = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
    const verdict = await askServer(client, path, text);
    expect(decide([stringify(definition), text])).toBe(verdict);
    expect(decide([text], await publishedIn(`${group}/v1`))).toBe(verdict);
  });
});
