import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { type Push, pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { conditionOf } from "../testenv/pipeline-packages.ts";

const it = testWithEnv("needed-schemas");

function definition(group: string, type: string): string {
  const size = { type: "object", properties: { size: { type } } };
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: size } } },
        },
      ],
    },
  });
}

const widget = (group: string, size: unknown) =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "a" }, spec: { size } });

function validated(one: PackageRevision): string {
  const found = conditionOf(one, "Validated");
  return `${found?.status} ${found?.message}`;
}

const wrong = (type: string, is: string, place: string) =>
  `spec.size: must be ${type}, and is ${is} (definition: ${place})`;
const CLEAN = "True the validation found no error";

describe("the schemas of packages that a draft needs", () => {
  it("are those of the revision that the catalog has, until the target has the package itself", async ({
    env,
    packages,
  }) => {
    const group = "needed.pkgserver.test";
    for (const name of ["catalog", "edges", "others"]) await env.git.createRepository(name);
    const push = async (repository: string, push: Push) => {
      await pushExternally(env.git, repository, push);
      await env.sync(repository);
    };
    await env.register("catalog");
    await env.register("edges", { deployment: true });
    await env.register("others", { deployment: true });
    const id = { target: "edge1", repository: "edges", package: "web", workspace: "one" };
    const draft = await packages.createDraft(id, { "w.yaml": widget(group, "1") });
    await packages.waitFor(draft, "has no error", (one) => validated(one) === CLEAN);
    await push("catalog", {
      files: { "infra/widgets/crd.yaml": definition(group, "integer") },
      tags: ["infra/widgets/v1"],
    });
    const refused = await packages.waitFor(draft, "is refused", (one) => validated(one).startsWith("False "));
    expect(validated(refused)).toContain(wrong("integer", "string", '"crd.yaml" of "catalog/infra/widgets@v1"'));
    expect((await packages.contents(draft)).status?.results).toMatchObject([
      { severity: "error", source: "schema", path: "w.yaml", message: expect.stringContaining("widgets@v1") },
    ]);
    await packages.save(draft, { "w.yaml": widget(group, 1) });
    await packages.waitFor(draft, "has no error", (one) => validated(one) === CLEAN);
    await push("catalog", {
      files: { "infra/widgets/crd.yaml": definition(group, "boolean") },
      tags: ["infra/widgets/v2"],
    });
    await packages.waitFor(draft, "is refused by the next revision", (one) =>
      validated(one).includes(wrong("boolean", "integer", '"crd.yaml" of "catalog/infra/widgets@v2"')),
    );
    // Of the same target, in another Repository.
    await packages.createPublished(
      { ...id, repository: "others", package: "widgets" },
      { "all.yaml": definition(group, "string") },
    );
    await packages.waitFor(draft, "is refused by what the target has", (one) =>
      validated(one).includes(wrong("string", "integer", '"all.yaml" of "edge1/widgets@v1"')),
    );
    await packages.createPublished({ ...id, package: "widgets" }, { "own.yaml": definition(group, "integer") });
    await packages.waitFor(draft, "has no error", (one) => validated(one) === CLEAN);
  });

  it("are the same after a restart, which writes nothing", async ({ env, packages }) => {
    const group = "again.pkgserver.test";
    for (const name of ["again", "again-edges"]) await env.git.createRepository(name);
    await pushExternally(env.git, "again", {
      files: { "widgets/crd.yaml": definition(group, "integer") },
      tags: ["widgets/v1"],
    });
    await env.register("again");
    await env.register("again-edges", { deployment: true });
    const id = { target: "edge1", repository: "again-edges", package: "web", workspace: "one" };
    const isRefused = (one: PackageRevision) => validated(one).startsWith("False ");
    const draft = await packages.createDraft(id, { "w.yaml": widget(group, "1") });
    const before = await packages.waitFor(draft, "is refused", isRefused);
    await env.restartOperator("stop");
    await env.sync("again-edges");
    // The answer for another one comes after all that the first one needs is read again.
    const other = await packages.createDraft({ ...id, package: "other" }, { "w.yaml": widget(group, "2") });
    await packages.waitFor(other, "is refused", isRefused);
    const after = await packages.waitFor(draft, "is refused", isRefused);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it("find warnings in a blueprint, and where several packages of the catalogs have the kind", async ({
    env,
    packages,
  }) => {
    const group = "several.pkgserver.test";
    for (const name of ["blueprints", "targets"]) await env.git.createRepository(name);
    await pushExternally(env.git, "blueprints", {
      files: { "a/widgets/crd.yaml": definition(group, "integer") },
      tags: ["a/widgets/v1"],
    });
    await env.register("blueprints");
    await env.register("targets", { deployment: true });
    const warned = (one: PackageRevision) => validated(one) === `${CLEAN}, and 1 warning`;
    const found = async (name: string) => (await packages.contents(name)).status?.results?.map((one) => one.message);
    const place = '"crd.yaml" of "blueprints/a/widgets@v1"';
    const blueprint = await packages.createDraft(
      { repository: "blueprints", package: "web", workspace: "one" },
      { "w.yaml": widget(group, "1") },
    );
    await packages.waitFor(blueprint, "has a warning", warned);
    expect(await found(blueprint)).toEqual([wrong("integer", "string", place)]);
    await pushExternally(env.git, "blueprints", {
      files: { "b/widgets/crd.yaml": definition(group, "string") },
      tags: ["b/widgets/v1"],
    });
    await env.sync("blueprints");
    const draft = await packages.createDraft(
      { target: "edge1", repository: "targets", package: "web", workspace: "one" },
      { "w.yaml": widget(group, "1") },
    );
    await packages.waitFor(draft, "has a warning", warned);
    expect(await found(draft)).toEqual([
      wrong("integer", "string", `${place}, which is one of several packages that have it`),
    ]);
    await packages.publish(draft);
  });
});
