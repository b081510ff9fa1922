import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { conditionOf } from "../testenv/pipeline-packages.ts";

const it = testWithEnv("target-schemas");

function definition(group: string, spec: object): string {
  const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
}

const sizes = (type: string) => ({ type: "object", properties: { size: { type } } });
const widget = (group: string, size: unknown) =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "a" }, spec: { size } });

function validated(one: PackageRevision): string {
  const found = conditionOf(one, "Validated");
  return `${found?.status} ${found?.message}`;
}

describe("the schemas of a target", () => {
  it("are those of the kinds that its published packages define, as long as they do", async ({ env, packages }) => {
    await env.git.createRepository("edges");
    await env.register("edges", { deployment: true });
    const group = "target.pkgserver.test";
    const id = (target: string, name: string, workspace = "one") => {
      return { target, repository: "edges", package: name, workspace };
    };
    const draft = await packages.createDraft(id("edge1", "web"), { "w.yaml": widget(group, "1") });
    await packages.waitFor(draft, "has no error", (one) => validated(one).startsWith("True "));
    // Of another target.
    await packages.createPublished(id("edge2", "crds"), { "crd.yaml": definition(group, sizes("integer")) });
    const crds = await packages.createPublished(id("edge1", "crds"), {
      "crd.yaml": definition(group, sizes("integer")),
    });
    await packages.waitFor(draft, "is refused by the schema", (one) =>
      /^False w\.yaml:1:\d+: spec\.size: must be integer, and is string \(definition: "edge1\/crds\/crd\.yaml"\)$/.test(
        validated(one),
      ),
    );
    await packages.save(draft, { "w.yaml": widget(group, 1) });
    await packages.waitFor(draft, "has no error", (one) => validated(one).startsWith("True "));
    const next = await packages.createDraft(id("edge1", "crds", "two"));
    await packages.save(next, { "crd.yaml": definition(group, sizes("string")) });
    await packages.publish(next);
    await packages.waitFor(draft, "is refused by the next revision's schema", (one) =>
      validated(one).includes("spec.size: must be string, and is integer"),
    );
    for (const name of [next, crds.metadata.name]) {
      await packages.setLifecycle(name, "deletionProposed");
      await packages.waitForReason(name, "DeletionProposed");
      await packages.delete(name, "bob");
      await packages.waitUntilGone(name);
    }
    await packages.waitFor(draft, "is compared with nothing", (one) => validated(one).startsWith("True "));
  });

  it("are those that were published last, and a warning says so, where several packages define a kind", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("twice");
    await env.register("twice", { deployment: true });
    const group = "twice.pkgserver.test";
    const publish = async (name: string, revision: string, later: number, files: Readonly<Record<string, string>>) => {
      const entries = Object.entries(files).map(([path, text]) => [`edge1/${name}/${path}`, text] as const);
      const push = { files: Object.fromEntries(entries), annotated: [`edge1/${name}/${revision}`], later };
      await pushExternally(env.git, "twice", push);
      await env.sync("twice");
    };
    await publish("a", "v1", 20, { "crd.yaml": definition(group, sizes("integer")) });
    await publish("b", "v1", 10, { "crd.yaml": definition(group, sizes("string")) });
    const id = { target: "edge1", repository: "twice", package: "web", workspace: "one" };
    const draft = await packages.createDraft(id, { "w.yaml": widget(group, 1) });
    await packages.waitFor(draft, "has a warning", (one) => validated(one).endsWith("no error, and 1 warning"));
    expect((await packages.contents(draft)).status?.results).toEqual([
      {
        severity: "warning",
        source: "schema",
        message:
          `Widget of ${group}/v1 is compared with its definition in "edge1/a/crd.yaml", which was published last: ` +
          'another one is in "edge1/b/crd.yaml"',
      },
    ]);
    // The definition itself stays as it was.
    await publish("b", "v2", 30, { "README.md": "more" });
    await packages.waitFor(draft, "is compared with the other one", (one) =>
      validated(one).endsWith('must be string, and is integer (definition: "edge1/b/crd.yaml"); 1 warning'),
    );
    await publish("a", "v2", 40, { "crd.yaml": definition(group, sizes("string")) });
    await packages.waitFor(draft, "has no warning", (one) =>
      validated(one).endsWith('and is integer (definition: "edge1/a/crd.yaml")'),
    );
  });

  it("that nobody can use hold back no other package", async ({ env, packages }) => {
    await env.git.createRepository("hostile");
    await env.register("hostile", { deployment: true });
    const group = "hostile.pkgserver.test";
    const id = (name: string) => ({ target: "edge1", repository: "hostile", package: name, workspace: "one" });
    await packages.createPublished(id("crds"), {
      "crd.yaml": definition(group, { type: "no type", properties: { size: { $ref: "#/nowhere" } } }),
      "pattern.yaml": definition("slow.pkgserver.test", {
        type: "object",
        properties: { size: { type: "string", pattern: "^(a+)+$" } },
      }),
    });
    const draft = await packages.createDraft(id("web"), {
      "w.yaml": widget(group, 1),
      "slow.yaml": widget("slow.pkgserver.test", `${"a".repeat(50_000)}!`),
    });
    const found = await packages.waitFor(draft, "is validated", (one) => /^(?:True|False) /.test(validated(one)));
    // The one that cannot be used is a warning.
    expect(validated(found)).toMatch(
      /^False slow\.yaml:1:\d+: spec\.size: must match pattern "[^"]*" \(definition: "[^"]*"\); 1 warning$/,
    );
    await packages.save(draft, { "slow.yaml": null });
    await packages.publish(draft);
  });
});
