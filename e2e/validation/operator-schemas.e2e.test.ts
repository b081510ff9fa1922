import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A definition whose schema takes a megabyte. */
function definitionOf(group: string, kind: string) {
  const plural = `${kind.toLowerCase()}s`;
  const spec = { type: "object", properties: { size: { type: "integer", description: "x".repeat(1024 * 1024) } } };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

const it = testWithEnv("cluster-schemas").extend("group", { scope: "file" }, async ({ requestAs }, { onCleanup }) => {
  const group = `s${randomBytes(5).toString("hex")}.pkgserver.test`;
  const all = ["Widget", "Gadget"].map((kind) => definitionOf(group, kind));
  onCleanup(async () => {
    for (const { metadata } of all) await requestAs("admin", "delete", `${DEFINITIONS}/${metadata.name}`);
  });
  for (const one of all) expect((await requestAs("admin", "create", DEFINITIONS, one)).code).toBe(201);
  await waitUntil("the kinds are published", async () => {
    const { code, body } = await requestAs("admin", "get", `/openapi/v3/apis/${group}/v1`);
    return code === 200 && ["Widget", "Gadget"].every((kind) => JSON.stringify(body).includes(`"kind":"${kind}"`));
  });
  return group;
});

function validated({ status }: PackageRevision): string {
  const found = status?.conditions?.find(({ type }) => type === "Validated");
  return `${found?.status} ${found?.message}`;
}

describe("drafts", () => {
  it("are compared with large schemas of the cluster's CustomResourceDefinitions", async ({ env, packages, group }) => {
    await env.git.createRepository("edges");
    await env.register("edges", { deployment: true });
    const widget = (size: unknown) =>
      JSON.stringify({ apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "a" }, spec: { size } });
    const id = { target: "edge1", repository: "edges", package: "web", workspace: "one" };
    const draft = await packages.createDraft(id, { "w.yaml": widget("1") });
    await env.waitFor(draft, "is refused by the schema", (object) =>
      /^False w\.yaml:1:\d+: spec\.size: must be integer, and is string$/.test(validated(object)),
    );
    await packages.save(draft, { "w.yaml": widget(1) });
    await env.waitFor(draft, "has no error", (object) => validated(object).startsWith("True "));
    await packages.publish(draft);
  });
});
