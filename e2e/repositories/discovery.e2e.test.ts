import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { waitUntil } from "../harness/wait.ts";
import { listRefs, type Push, pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { TestEnv } from "../testenv/testenv.ts";

/** A ref, its package revision without the prefix `catalog.REPOSITORY.`, and the package's files. */
interface Found {
  readonly what: string;
  readonly ref: string;
  readonly object: string;
  readonly id: Partial<PackageRevision["spec"]["packageRevID"]>;
  readonly latest?: boolean;
  readonly files?: readonly string[];
}

/** A skipped ref, and the reason in the Repository's status. */
type Skipped = readonly [what: string, ref: string, reason: string];

const catalog: readonly Push[] = [
  {
    files: {
      "README.md": "catalog\n",
      "nf/example/cm.yaml": "v: 1\n",
      "infra/capi/cluster/machine.yaml": "v: 1\n",
      "core/README.md": "no realm\n",
      "distros/mgmt/README.md": "outer\n",
      "distros/mgmt/docs/help.md": "help\n",
      "distros/mgmt/app/app.yaml": "app\n",
      "distros/mgmt/app/crd/crd.yaml": "crd\n",
      "NF_Core/My.Pkg/a.yaml": "a\n",
      "5g/123/a.yaml": "a\n",
      "größe/a.yaml": "a\n",
    },
    tags: ["core/v1", "distros/mgmt/app/v1", "NF_Core/My.Pkg/v1", "nf/gone/v1", "nf/example/cm.yaml/v1", "v1.0.0"],
    annotated: ["nf/example/v1", "infra/capi/cluster/v2", "distros/mgmt/v1", "distros/mgmt/app/crd/v1", "5g/123/v1"],
  },
  { files: { "nf/example/cm.yaml": "v: 2\n" }, tags: ["nf/example/v2", "größe/v1", "Release4", "core/latest"] },
  { files: { "nf/example/cm.yaml": "v: 3\n" }, annotated: ["nf/example/v10.2.0", "nf/example/deleted-v11"] },
  { tags: ["nf/example/v01", "nf/example/v1.2", "nf/example/v1.0.1-beta.1", "nf/example/1", "nf/example/V4"] },
  { branch: "nf/example/tuning", from: "refs/heads/main", files: { "nf/example/more.yaml": "tuned\n" } },
  { branch: "nf/fresh/start", from: "refs/heads/main", files: { "nf/fresh/Kptfile": "", "nf/fresh/a.yaml": "a\n" } },
  { branch: "docs/fix-typo", from: "refs/heads/main", files: { "docs/guide.md": "fixed\n" } },
  { branch: "core/Draft_A", from: "refs/heads/main", files: { "core/README.md": "changed\n" } },
  { branch: "nf/example/idle", from: "refs/heads/main", files: { "elsewhere.md": "not the package\n" } },
  { branch: "release/2026", from: "refs/heads/main", files: { "NEWS.md": "news\n" } },
  { branch: "R4", from: "refs/heads/main", files: { "nf/example/cm.yaml": "R4\n" } },
];

const example = { realm: "nf", package: "example" };
const found: readonly Found[] = [
  { what: "an annotated tag", ref: "tags/nf/example/v1", object: "nf.example.v1", id: { ...example, revision: "v1" } },
  { what: "a lightweight tag", ref: "tags/nf/example/v2", object: "nf.example.v2", id: { ...example, revision: "v2" } },
  {
    what: "a semantic version, the latest by number and not by text",
    ref: "tags/nf/example/v10.2.0",
    object: "nf.example.v10.2.0",
    id: { ...example, revision: "v10.2.0", workspace: "v10.2.0" },
    latest: true,
    files: ["cm.yaml"],
  },
  {
    what: "a realm of several folders",
    ref: "tags/infra/capi/cluster/v2",
    object: "infra.capi.cluster.v2",
    id: { realm: "infra/capi", package: "cluster", revision: "v2" },
    latest: true,
  },
  { what: "no realm", ref: "tags/core/v1", object: "core.v1", id: { package: "core", revision: "v1" }, latest: true },
  {
    what: "an enclosing package: files of nested packages are not its own, other folders are",
    ref: "tags/distros/mgmt/v1",
    object: "distros.mgmt.v1",
    id: { realm: "distros", package: "mgmt" },
    latest: true,
    files: ["README.md", "docs/help.md"],
  },
  {
    what: "a package that is nested and encloses another",
    ref: "tags/distros/mgmt/app/v1",
    object: "distros.mgmt.app.v1",
    id: { realm: "distros/mgmt", package: "app" },
    latest: true,
    files: ["app.yaml"],
  },
  {
    what: "a package nested three levels deep",
    ref: "tags/distros/mgmt/app/crd/v1",
    object: "distros.mgmt.app.crd.v1",
    id: { realm: "distros/mgmt/app", package: "crd" },
    latest: true,
    files: ["crd.yaml"],
  },
  {
    what: "names that are not DNS labels, folded with a hash",
    ref: "tags/NF_Core/My.Pkg/v1",
    object: "nf-core-5328c9fd3a58abe0d413.my-pkg-39731fcb51bf5d31196a.v1",
    id: { realm: "NF_Core", package: "My.Pkg", revision: "v1" },
    latest: true,
  },
  {
    what: "a name of digits, folded with a hash",
    ref: "tags/5g/123/v1",
    object: "5g.123-a665a45920422f9d417e.v1",
    id: { realm: "5g", package: "123" },
    latest: true,
  },
  {
    what: "a name beyond ASCII",
    ref: "tags/größe/v1",
    object: "gr-e-d353a2671b67afff0941.v1",
    id: { package: "größe" },
    latest: true,
  },
  {
    what: "an external branch that changes a package",
    ref: "heads/nf/example/tuning",
    object: "nf.example.tuning",
    id: { ...example, workspace: "tuning" },
    files: ["cm.yaml", "more.yaml"],
  },
  {
    what: "an external branch with a package (by its Kptfile) that exists nowhere else",
    ref: "heads/nf/fresh/start",
    object: "nf.fresh.start",
    id: { realm: "nf", package: "fresh", workspace: "start" },
  },
  {
    what: "a branch whose name is not a DNS label",
    ref: "heads/core/Draft_A",
    object: "core.draft-a-234805214b66f827e146",
    id: { package: "core", workspace: "Draft_A" },
  },
];

const skipped: readonly Skipped[] = [
  ["no folder before the revision", "tags/v1.0.0", "NoPackagePath"],
  ["no revision at all", "tags/Release4", "NotARevision"],
  ["a word", "tags/core/latest", "NotARevision"],
  ["a leading zero", "tags/nf/example/v01", "NotARevision"],
  ["two numbers", "tags/nf/example/v1.2", "NotARevision"],
  ["a pre-release", "tags/nf/example/v1.0.1-beta.1", "NotARevision"],
  ["no v", "tags/nf/example/1", "NotARevision"],
  ["a capital V", "tags/nf/example/V4", "NotARevision"],
  ["a missing folder", "tags/nf/gone/v1", "FolderMissing"],
  ["a file, not a folder", "tags/nf/example/cm.yaml/v1", "FolderMissing"],
  ["a tag of a file", "tags/nf/example/v5", "NotACommit"],
  ["a branch that does not change its package", "heads/nf/example/idle", "NotADraft"],
  ["a branch of a missing folder", "heads/release/2026", "NotADraft"],
  ["a branch of a folder that is no package", "heads/docs/fix-typo", "NotADraft"],
  ["a branch without a folder", "heads/R4", "NotADraft"],
];

const it = testWithEnv("discovery");

/** Waits until all package revisions of a repository are Ready, and returns them by name. */
async function waitForRevisions(
  env: TestEnv,
  repository: string,
  count: number,
): Promise<ReadonlyMap<string, PackageRevision>> {
  const all = await waitUntil(
    `${count} package revisions of ${repository} are ready`,
    async () => (await env.revisions()).filter((one) => one.spec.packageRevID.repository === repository),
    {
      until: (revisions) =>
        revisions.length === count && revisions.every((one) => one.status?.conditions?.[0]?.status === "True"),
    },
  );
  return new Map(all.map((one) => [one.metadata.name, one]));
}

describe.each([
  { kind: "catalog", prefix: "", target: "catalog", deployment: false, directory: "" },
  { kind: "deployment", prefix: "edge-1/", target: "edge-1", deployment: true, directory: "" },
  { kind: "deployment below a directory", prefix: "a/b/edge-1/", target: "edge-1", deployment: true, directory: "a/b" },
])("discovery in a $kind repository", ({ kind, prefix, target, deployment, directory }) => {
  const name = kind.replaceAll(" ", "-");
  let revisions: ReadonlyMap<string, PackageRevision>;
  let repository: Repository;
  let refsBefore: string;

  it.beforeAll(async ({ env }) => {
    await env.git.createRepository(name);
    await pushExternally(env.git, name, ...catalog.map((push) => movePush(push, prefix)));
    await env.git.git(name, "tag", `${prefix}nf/example/v5`, `main:${prefix}nf/example/cm.yaml`);
    refsBefore = await listRefs(env.git, name);
    await env.register(name, { deployment }, { directory });
    revisions = await waitForRevisions(env, name, found.length);
    repository = await env.repository(name);
  });

  it.for(found)("finds $what: $ref", async ({ ref, object, id, latest = false, files }, { env }) => {
    const full = ref.replace("/", `/${prefix}`);
    const revision = revisions.get(`${target}.${name}.${object}`);
    const published = ref.startsWith("tags/");
    expect(revision?.spec).toMatchObject({
      packageRevID: { target, repository: name, ...id },
      lifecycle: published ? "published" : "draft",
    });
    expect(revision?.status).toMatchObject({
      lifecycle: published ? "published" : "draft",
      commit: (await env.git.git(name, "rev-parse", `refs/${full}^{commit}`)).trim(),
    });
    expect(revision?.status?.revision).toBe(revision?.spec.packageRevID.revision);
    expect(revision?.metadata.labels?.["pkg.pkgserver.dev/latest"]).toBe(latest ? "true" : undefined);
    if (files === undefined) return;
    const contents = await env.contents(`${target}.${name}.${object}`);
    expect(Object.keys(contents.spec.resources ?? {}).sort()).toEqual(files);
    expect(contents.status?.frozen).toBe(published);
  });

  it.each(skipped)("reports why it skips %s: %s", (_, ref, reason) => {
    const full = `refs/${ref.replace("/", `/${prefix}`)}`;
    const found = repository.status?.skipped?.find((one) => one.ref === full);
    expect(found?.reason).toBe(reason === "NoPackagePath" && deployment ? "NoTarget" : reason);
    expect(found?.message).toMatch(/^[a-z"].{10}/);
  });

  it("counts packages, revisions, drafts and skipped refs, and changes nothing in Git", async ({ env }) => {
    const drafts = found.filter(({ ref }) => ref.startsWith("heads/")).length;
    expect(repository.status).toMatchObject({
      revisions: found.length - drafts,
      drafts,
      packages: 10,
      skippedCount: skipped.length,
      commit: (await env.git.git(name, "rev-parse", "main")).trim(),
    });
    expect(await listRefs(env.git, name)).toBe(refsBefore);
  });
});

/** The push with every path and ref of a package below a folder. */
function movePush(push: Push, prefix: string): Push {
  const move = (name: string) => `${prefix}${name}`;
  return {
    ...push,
    ...(push.branch !== undefined && { branch: move(push.branch) }),
    files: Object.fromEntries(Object.entries(push.files ?? {}).map(([path, entry]) => [move(path), entry])),
    tags: (push.tags ?? []).map(move),
    annotated: (push.annotated ?? []).map(move),
  };
}
