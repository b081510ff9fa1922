import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import { nameOf, type PackageID, type Packages, type RevisionFields } from "../testenv/packages.ts";

const V1 = { "web/shop/app.yaml": "replicas: 1\n", "web/shop/old.yaml": "old: true\n" };
const V2 = { "web/shop/app.yaml": "replicas: 2\n", "web/shop/old.yaml": null, "web/shop/new.yaml": "new: true\n" };
const ID = { target: "edge1", repository: "deployments", realm: "web", workspace: "one" } as const;
const shop = { repository: "catalog", realm: "web", package: "shop" } as const;

const it = testWithEnv("start").extend("deployments", { scope: "file" }, async ({ env }) =>
  createGitReader(env.git, "deployments"),
);

it.beforeAll(async ({ env }) => {
  const { git } = env;
  await Promise.all([git.createRepository("catalog"), git.createRepository("deployments")]);
  await pushExternally(git, "catalog", { files: V1, tags: ["web/shop/v1"] }, { files: V2, annotated: ["web/shop/v2"] });
  await env.register("catalog");
  await env.register("deployments", { deployment: true });
});

const clone = (upstream: object): RevisionFields => ({ spec: { tasks: [{ type: "clone" }], upstream } });
const filesOf = async (packages: Packages, name: string) => (await packages.contents(name)).spec.resources;

describe("lifecycle: a draft that waits for its start", () => {
  const at = (id: Partial<PackageID>): PackageID => ({
    repository: "catalog",
    package: "net",
    workspace: "one",
    ...id,
  });

  it("starts with the next sync after a conflicting file was deleted", async ({ env, packages }) => {
    await pushExternally(env.git, "catalog", { files: { file: "a conflict\n" } });
    await env.sync("catalog");
    const name = await packages.create(at({ package: "file" }));
    await packages.waitForReason(name, "PathConflict");
    await pushExternally(env.git, "catalog", { files: { file: null } });
    await env.sync("catalog");
    await packages.waitForReason(name, "Draft");
  });

  it("starts with the next sync after a conflicting branch was deleted", async ({ env, packages }) => {
    const branch = { branch: "wayside", from: "refs/heads/main", files: { "notes.md": "ours\n" } };
    await pushExternally(env.git, "catalog", branch);
    await env.sync("catalog");
    const name = await packages.create(at({ realm: "wayside" }));
    await packages.waitForReason(name, "RefConflict");
    await env.git.git("catalog", "update-ref", "-d", "refs/heads/wayside");
    await env.sync("catalog");
    await packages.waitForReason(name, "Draft");
  });

  it("starts when the draft of the enclosing package is deleted", async ({ packages }) => {
    const above = await packages.createDraft(at({ package: "above" }));
    const name = await packages.create(at({ realm: "above" }));
    await packages.waitForReason(name, "OverlappingPackage");
    await packages.delete(above);
    await packages.waitForReason(name, "Draft");
  });
});

describe.concurrent("lifecycle: the start of a draft", () => {
  it(
    ...needs("MutatingAdmissionPolicy", "with task init commits a README and a context to the draft's branch"),
    async ({ packages, deployments }) => {
      const name = await packages.createDraft({ ...ID, package: "fresh" }, undefined, {
        spec: { tasks: [{ type: "init" }] },
      });
      const files = await filesOf(packages, name);
      expect(Object.keys(files ?? {})).toEqual(["README.md", "package-context.yaml"]);
      expect(files?.["package-context.yaml"]).toContain("package: fresh\n  realm: web\n  target: edge1\n");
      expect(await deployments.files("edge1/web/fresh/one", "edge1/web/fresh")).toEqual(files);
      expect(await deployments("log", "-1", "--format=%an|%s", "edge1/web/fresh/one")).toBe(
        "alice|Start edge1/web/fresh (one): a new package",
      );
    },
  );

  it("with task clone names the new package in the context that task init made, and keeps its further lines", async ({
    packages,
  }) => {
    const id = { repository: "catalog", realm: "blueprints", package: "context", workspace: "one" } as const;
    const blueprint = await packages.createDraft(id, undefined, { spec: { tasks: [{ type: "init" }] } });
    const { "package-context.yaml": context } = (await filesOf(packages, blueprint)) ?? {};
    expect(context).toContain("name: catalog.catalog.blueprints.context.package-context\n");
    await packages.save(blueprint, { "package-context.yaml": `# Ours.\n${context}  owner: web-team\n` });
    await packages.publish(blueprint);
    const name = await packages.createDraft(
      { ...ID, realm: "shops", package: "context" },
      undefined,
      clone({ repository: "catalog", realm: "blueprints", package: "context" }),
    );
    expect((await filesOf(packages, name))?.["package-context.yaml"]).toBe(
      `# Ours.\n${context?.replace("catalog.catalog.blueprints.context", "edge1.deployments.shops.context")}`
        .replace("realm: blueprints", "realm: shops\n  target: edge1")
        .concat("  owner: web-team\n"),
    );
  });

  it.for([
    { revision: "v1", files: { "app.yaml": "replicas: 1\n", "old.yaml": "old: true\n" } },
    { revision: undefined, files: { "app.yaml": "replicas: 2\n", "new.yaml": "new: true\n" } },
  ])(
    "with task clone copies upstream revision $revision (undefined: the latest)",
    async ({ revision, files }, { packages, deployments }) => {
      const id = { ...ID, package: `clone-${revision ?? "latest"}` };
      const name = await packages.createDraft(id, undefined, clone({ ...shop, ...(revision && { revision }) }));
      expect(await filesOf(packages, name)).toEqual(files);
      const source = await packages.waitForReason(`catalog.catalog.web.shop.${revision ?? "v2"}`, "Published");
      const { commit, contentDigest: digest } = source.status ?? {};
      const lock = { ...shop, revision: revision ?? "v2", commit, digest };
      expect((await packages.get(name)).status?.upstreamLock).toEqual(lock);
      const trailers = await deployments.trailers(`edge1/web/${id.package}/one`);
      expect(trailers["Package-Upstream"]).toBe(`catalog/web/shop@${lock.revision} ${lock.commit}`);
    },
  );

  it("with task clone waits until the upstream is published", async ({ packages }) => {
    const later = { repository: "catalog", package: "later" };
    const name = await packages.create({ ...ID, package: "patient" }, clone(later));
    const waiting = await packages.waitForReason(name, "UpstreamNotFound");
    expect(waiting.status?.conditions?.find((one) => one.type === "Ready")?.message).toBe(
      "spec.upstream: Repository catalog has no published later (revisions there: none)",
    );
    await packages.createPublished({ ...later, workspace: "one" }, { "a.yaml": "a: 1\n" });
    await packages.waitForReason(name, "Draft");
    expect(await filesOf(packages, name)).toEqual({ "a.yaml": "a: 1\n" });
  });

  it("with task clone waits until the upstream's Repository is registered and read", async ({ env, packages }) => {
    const upstream = { repository: "partner", package: "tool" };
    const name = await packages.create({ ...ID, package: "tool" }, clone(upstream));
    await packages.waitForReason(name, "UpstreamNotFound");
    await env.git.createRepository("partner");
    await pushExternally(env.git, "partner", { files: { "tool/b.yaml": "b: 1\n" }, tags: ["tool/v1"] });
    await env.register("partner");
    await packages.waitForReason(name, "Draft");
    expect(await filesOf(packages, name)).toEqual({ "b.yaml": "b: 1\n" });
  });

  it("without a task copies the package's latest revision", async ({ packages }) => {
    const name = await packages.createDraft({ ...shop, workspace: "next" });
    expect(await filesOf(packages, name)).toEqual({ "app.yaml": "replicas: 2\n", "new.yaml": "new: true\n" });
    expect((await packages.get(name)).status?.base?.revision).toBe("v2");
  });

  it("without a task and a revision is empty, and cannot be proposed without a file", async ({
    packages,
    deployments,
  }) => {
    const id = { ...ID, package: "blank" };
    const name = await packages.createDraft(id);
    expect((await packages.get(name)).status).toMatchObject({ files: 0, lifecycle: "draft" });
    await packages.setLifecycle(name, "proposed");
    const refused = await packages.waitForReason(name, "EmptyPackage");
    expect(refused.status).toMatchObject({ lifecycle: "draft", waitingFor: ["EmptyPackage"] });
    await packages.edit(name, { "a.yaml": "a: 1\n" });
    const proposed = await packages.waitForReason(name, "Proposed");
    expect(await deployments.files(proposed.status?.proposal?.commit ?? "", "edge1/web/blank")).toEqual({
      "a.yaml": "a: 1\n",
    });
    expect(proposed.status?.waitingFor).toBeUndefined();
  });

  it(
    ...needs("MutatingAdmissionPolicy", "as proposed becomes a proposal without another request"),
    async ({ packages }) => {
      const name = await packages.create(
        { ...ID, package: "hasty" },
        { spec: { ...clone(shop).spec, lifecycle: "proposed" } },
      );
      const proposed = await packages.waitForReason(name, "Proposed");
      expect(proposed.status?.proposal?.by).toBe("alice");
    },
  );
});

describe.concurrent("lifecycle: a draft that cannot start", () => {
  interface Refusal {
    readonly reason: string;
    readonly id: Partial<PackageID>;
    readonly more?: RevisionFields;
    readonly message: string;
  }
  const refusals: readonly Refusal[] = [
    {
      reason: "RepositoryNotFound",
      id: { repository: "nowhere" },
      message: "no Repository nowhere in this namespace",
    },
    {
      reason: "TargetRequired",
      id: { repository: "deployments" },
      message: "Repository deployments is a deployment repository: spec.packageRevID.target must name the target",
    },
    {
      reason: "TargetNotAllowed",
      id: { repository: "catalog", target: "edge1" },
      message: "Repository catalog is a catalog: spec.packageRevID.target must be catalog or absent",
    },
    {
      reason: "UpstreamRequired",
      id: {},
      more: { spec: { tasks: [{ type: "clone" }] } },
      message: "a clone needs spec.upstream",
    },
    {
      reason: "UpstreamNotFound",
      id: {},
      more: clone({ ...shop, revision: "v9" }),
      message: "Repository catalog has no published web/shop v9 (revisions there: v1, v2)",
    },
    {
      reason: "UpstreamNotFound",
      id: {},
      more: clone({ repository: "nowhere", package: "shop" }),
      message: "spec.upstream: no Repository nowhere in this namespace",
    },
    {
      reason: "RefConflict",
      id: { realm: "main" },
      message: "Git cannot hold this package's branch and tags beside refs/heads/main:",
    },
    {
      reason: "RefConflict",
      id: { realm: "team", package: "net" },
      message: "Git cannot hold this package's branch and tags beside refs/heads/team:",
    },
    {
      reason: "RefConflict",
      id: { realm: "tools", package: "net" },
      message: "Git cannot hold this package's branch and tags beside refs/tags/tools/net:",
    },
    {
      reason: "RefConflict",
      id: { realm: "refs", package: "heads" },
      message: "is not a valid branch name: use another realm, package or workspace",
    },
    {
      reason: "OverlappingPackage",
      id: { realm: "web/shop", package: "inner" },
      message: "the folder web/shop/inner overlaps with the package web/shop:",
    },
    {
      reason: "OverlappingPackage",
      id: { package: "web" },
      message: "the folder web overlaps with the package web/shop:",
    },
  ];

  it.beforeAll(async ({ env }) => {
    const { git } = env;
    const parts = { branch: "team", from: "refs/heads/main", tags: ["tools/net"], files: { "notes.md": "ours\n" } };
    await pushExternally(git, "catalog", parts);
    await env.sync("catalog");
  });

  it.for(refusals.map((one, index) => ({ ...one, workspace: `no-${index}` })))(
    "$reason: $message",
    async ({ reason, id, more, message, workspace }, { env, packages, deployments }) => {
      const full = { repository: "catalog", package: "net", ...id, workspace };
      const name = await packages.create(full, more);
      expect(name).toBe(nameOf(full));
      const refused = await packages.waitForReason(name, reason);
      expect(refused.status?.conditions?.find((one) => one.type === "Ready")).toMatchObject({
        status: "False",
        message: expect.stringContaining(message),
      });
      await packages.delete(name);
      await packages.waitUntilGone(name);
      const refs = [...(await createGitReader(env.git, "catalog").refs()), ...(await deployments.refs())];
      expect(refs.filter((ref) => ref.endsWith(workspace))).toEqual([]);
    },
  );
});
