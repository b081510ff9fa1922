import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { conditionOf, kptfile, renderedFiles } from "../testenv/pipeline-packages.ts";

const it = testWithEnv("rendering").extend("files", { scope: "file" }, async ({ env }) => {
  await env.git.createRepository("files");
  await env.register("files");
  return createGitReader(env.git, "files");
});

const id = (packageName: string, workspace = "one") => ({ repository: "files", package: packageName, workspace });
const isRendered = (one: PackageRevision) => conditionOf(one, "Rendered")?.reason === "Rendered";
const waitUntilRendered = async ({ packages }: Pick<Fixtures, "packages">, name: string) =>
  await packages.waitFor(name, "is rendered", isRendered);

describe.concurrent("a draft with a pipeline", () => {
  it("gets a commit with what its functions make of it, after the person's own", async ({ packages, files: git }) => {
    const name = await packages.createDraft(id("made"), renderedFiles("made"));
    const object = await waitUntilRendered({ packages }, name);
    const { status } = object;
    expect(conditionOf(object, "Validated")).toMatchObject({ status: "True", reason: "Validated" });
    expect((await packages.contents(name)).spec.resources?.["app.yaml"]).toBe(
      "# Kept.\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app # too\n  namespace: made\n",
    );
    const [head, before] = (await git("log", "-2", "--format=%H %an %s", "made/one")).split("\n");
    expect(head).toBe(`${status?.commit} pkgserver Render made (one)`);
    expect(before).toMatch(/ alice Edit made \(one\)$/);
    const message = await git("log", "-1", "--format=%B", "made/one");
    expect(message).toContain(`Render-Digest: ${status?.rendering?.digest}\n`);
    expect(message).toContain(`Render-Source: ${await git("rev-parse", "made/one^")}\n`);
    expect(message).toContain("Render-Function: set-namespace@");
    expect(await git("diff", "--name-only", "made/one^", "made/one")).toBe("made/app.yaml");
  });

  it("loses no edit that comes while it is rendered: the newest contents are", async ({ packages, files: git }) => {
    const functions = Array.from(
      { length: 150 },
      (_, at) => `  - image: gcr.io/kpt-fn/set-annotations:v0.1.4
    configMap:
      a${at}: "1"
`,
    );
    const maps = (data: string) =>
      Array.from(
        { length: 200 },
        (_, at) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: m${at}
data:
  a: ${data}
`,
      ).join("---\n");
    const Kptfile = `apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: busy\npipeline:\n  mutators:\n${functions.join("")}`;
    const name = await packages.createDraft(id("busy"), {});
    await packages.edit(name, { Kptfile, "maps.yaml": maps("first") });
    await packages.waitFor(name, "is being rendered", (one) => {
      return conditionOf(one, "Rendered")?.reason === "Rendering" && (one.status?.commit ?? "") !== "";
    });
    await packages.edit(name, { "maps.yaml": maps("second"), "note.txt": "late" });
    await packages.waitFor(name, "is rendered with the second edit", (one) => isRendered(one));
    await waitUntil("the contents are those of the second edit", async () => {
      const { resources = {} } = (await packages.contents(name)).spec;
      return resources["note.txt"] === "late" && (resources["maps.yaml"]?.includes('a149: "1"') ?? false);
    });
    const text = await git("show", "busy/one:busy/maps.yaml");
    expect([text.includes("first"), text.match(/ {2}a: second/g)?.length, text.match(/a149: "1"/g)?.length]).toEqual([
      false,
      200,
      200,
    ]);
    expect(await git("log", "-1", "--format=%s", "busy/one")).toBe("Render busy (one)");
    expect(await git("log", "-1", "--format=%s", "busy/one^")).toBe("Edit busy (one)");
  });

  it("is proposed and published as it was rendered", async ({ packages, files: git }) => {
    const name = await packages.createDraft(id("published"), renderedFiles("published"));
    await packages.propose(name);
    await packages.approve(name);
    await packages.waitForReason(name, "Published");
    expect(await git("show", "published/v1:published/app.yaml")).toContain("namespace: published");
    expect(await git("log", "-2", "--format=%s", "published/v1")).toBe(
      "Propose published (one)\nRender published (one)",
    );
  });

  it("is rendered before it is proposed, also where both are asked for at once", async ({ packages, files: git }) => {
    const name = await packages.createDraft(id("at-once"), {});
    await packages.edit(name, renderedFiles("at-once"));
    await packages.setLifecycle(name, "proposed");
    const { status } = await packages.waitForReason(name, "Proposed");
    expect(await git("show", `${status?.proposal?.commit}:at-once/app.yaml`)).toContain("namespace: at-once");
  });

  it("says which function failed and where, changes nothing, and cannot be proposed until it is mended", async ({
    packages,
    files: git,
  }) => {
    const files = { ...renderedFiles("failing"), Kptfile: kptfile("failing", "gcr.io/example/unknown:v1") };
    const name = await packages.createDraft(id("failing"), files);
    const failed = await packages.waitFor(
      name,
      "is not rendered",
      (one) => conditionOf(one, "Rendered")?.status === "False",
    );
    expect(conditionOf(failed, "Rendered")).toMatchObject({ reason: "FunctionNotAvailable" });
    expect(conditionOf(failed, "Rendered")?.message).toMatch(/^Kptfile:8: .*gcr\.io\/example\/unknown:v1/);
    expect(conditionOf(failed, "Validated")).toMatchObject({ status: "Unknown", reason: "NotRendered" });
    expect((await packages.contents(name)).status?.results).toMatchObject([
      { severity: "error", path: "Kptfile", line: 8 },
    ]);
    await packages.setLifecycle(name, "proposed");
    const { status } = await packages.waitForReason(name, "RenderFailed");
    expect(status).toMatchObject({ lifecycle: "draft", waitingFor: ["RenderFailed"] });
    expect(await git("log", "-1", "--format=%s", "failing/one")).toBe("Edit failing (one)");
    await packages.edit(name, renderedFiles("failing"));
    await packages.waitForReason(name, "Proposed");
    expect(
      (await packages.contents(name)).status?.results?.filter(({ severity }) => severity === "error") ?? [],
    ).toEqual([]);
  });

  it("gets no commit on top of another client's unasked; it is rendered when it is to be proposed", async ({
    env,
    packages,
    files: git,
  }) => {
    const name = await packages.createDraft(id("pushed"), renderedFiles("pushed"));
    await waitUntilRendered({ packages }, name);
    const [commit] = await pushExternally(env.git, "files", {
      branch: "pushed/one",
      files: { "pushed/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n" },
    });
    await env.sync("files");
    const isWaiting = (one: PackageRevision) => conditionOf(one, "Rendered")?.reason === "NotRendered";
    await packages.waitFor(name, "is not rendered unasked", isWaiting);
    expect(await git("rev-parse", "pushed/one")).toBe(commit);
    await packages.propose(name);
    expect(await git("log", "-3", "--format=%s", "pushed/one")).toBe(
      "Propose pushed (one)\nRender pushed (one)\nA change",
    );
    expect((await packages.contents(name)).spec.resources?.["more.yaml"]).toContain("namespace: pushed");
  });

  it("makes no commit where a render changes nothing, and none after a restart", async ({ packages, files: git }) => {
    const files = renderedFiles("same");
    const rendered = {
      ...files,
      "app.yaml": files["app.yaml"].replace("  name: app # too\n", "  name: app # too\n  namespace: same\n"),
    };
    const name = await packages.createDraft(id("same"), rendered);
    await waitUntilRendered({ packages }, name);
    expect(await git("log", "-1", "--format=%s", "same/one")).toBe("Edit same (one)");
  });

  it("is not edited by its render: who wrote nothing is no editor", async ({ packages }) => {
    const name = await packages.createDraft(id("editors"), renderedFiles("editors"));
    await waitUntilRendered({ packages }, name);
    const { metadata } = await packages.contents(name);
    expect(metadata.annotations?.["pkg.pkgserver.dev/edited-by"]).toBe("alice");
    await packages.propose(name);
    expect((await packages.get(name)).status?.takenBack).toBeUndefined();
  });
});

describe.concurrent("a draft without a pipeline", () => {
  it("has nothing to render, and objects that the API server would refuse are told", async ({ packages }) => {
    const bad = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\ndata:\n  a: 1\n";
    const name = await packages.createDraft(id("plain"), { "bad.yaml": bad });
    const object = await packages.waitFor(
      name,
      "is validated",
      (one) => conditionOf(one, "Validated")?.status === "True",
    );
    expect(conditionOf(object, "Rendered")).toMatchObject({ status: "True", reason: "NothingToRender" });
    expect(object.status?.validation).toMatchObject({ errors: 0, warnings: 1 });
    expect((await packages.contents(name)).status?.results).toMatchObject([
      { severity: "warning", source: "schema", path: "bad.yaml", line: 6 },
    ]);
  });

  it("is compared with the schemas of the cluster's CustomResourceDefinitions", async ({ packages }) => {
    const custom =
      "apiVersion: config.pkg.pkgserver.dev/v1alpha1\nkind: Repository\nmetadata:\n  name: a\nspec: {git: 1}\n";
    const name = await packages.createDraft(id("custom"), { "custom.yaml": custom });
    await packages.waitFor(name, "is validated", (one) => conditionOf(one, "Validated")?.status === "True");
    expect((await packages.contents(name)).status?.results).toMatchObject([
      { severity: "warning", source: "schema", path: "custom.yaml", line: 5 },
    ]);
  });

  it("of a deployment repository is not proposed with such objects", async ({ env, packages }) => {
    await env.git.createRepository("edge");
    await env.register("edge", { deployment: true });
    const bad = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\ndata:\n  a: 1\n";
    const target = { repository: "edge", target: "edge1", package: "plain", workspace: "one" };
    const name = await packages.createDraft(target, { "bad.yaml": bad });
    await packages.setLifecycle(name, "proposed");
    const { status } = await packages.waitForReason(name, "ValidationFailed");
    expect(status?.conditions?.find(({ type }) => type === "Validated")?.message).toMatch(
      /^bad\.yaml:6:3: data\.a: must be string/,
    );
    await packages.edit(name, { "bad.yaml": bad.replace("a: 1", 'a: "1"') });
    await packages.waitForReason(name, "Proposed");
  });
});

describe("a draft with kform blocks", () => {
  const block = (name: string, more: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;
  const input = block("size", "  annotations:\n    kform.dev/block-type: input\ndata:\n  region: none\n");
  const files = {
    "app.yaml": `${input}---\n${block("app", "  namespace: shop\ndata:\n  region: input.size[0].data.region\n")}`,
  };
  const file = "out/v1.ConfigMap.shop.app.yaml";
  const value = (region: string) => {
    return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "size" }, data: { region } };
  };

  it("is rendered with its inputs, and again with others", async ({ env, packages }) => {
    await env.git.createRepository("blocks");
    await env.register("blocks", { deployment: true });
    const git = createGitReader(env.git, "blocks");
    const target = { repository: "blocks", target: "edge1", package: "app", workspace: "one" };
    const name = await packages.createDraft(target, files);
    const failed = await packages.waitFor(
      name,
      "misses its input",
      (one) => conditionOf(one, "Rendered")?.reason === "InputMissing",
    );
    expect(conditionOf(failed, "Rendered")?.message).toMatch(/^app\.yaml:1.*input\.size has no value/);
    for (const region of ["eu", "us"]) {
      await packages.patch(name, { spec: { inputs: [value(region)] } });
      await packages.waitFor(name, `is rendered for ${region}`, isRendered);
      await waitUntil(`${file} has the region ${region}`, async () => {
        const text = (await packages.contents(name)).spec.resources?.[file];
        return text?.includes(`region: ${region}`);
      });
    }
    expect(await git("show", `edge1/app/one:edge1/app/${file}`)).toMatch(
      /^# Rendered from app\.yaml \(kform\): changes here are lost\.\n/,
    );
    expect(await git("log", "-1", "--format=%B", "edge1/app/one")).toContain("Render-Function: kform@1\n");
    await packages.edit(name, { "app.yaml": input });
    await packages.waitFor(name, "has one file", (one) => isRendered(one) && one.status?.files === 1);
    expect(Object.keys((await packages.contents(name)).spec.resources ?? {})).toEqual(["app.yaml"]);
  });

  it("of a catalog stays as it is: its clones are rendered", async ({ packages }) => {
    const name = await packages.createDraft(id("blueprint"), files);
    const object = await packages.waitFor(
      name,
      "is validated",
      (one) => conditionOf(one, "Validated")?.status === "True",
    );
    expect(conditionOf(object, "Rendered")).toMatchObject({ status: "True", reason: "NothingToRender" });
    expect(Object.keys((await packages.contents(name)).spec.resources ?? {})).toEqual(["app.yaml"]);
  });
});
