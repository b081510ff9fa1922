import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { listRefs, pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("changes");

interface RepositoryKind {
  readonly kind: string;
  readonly target: string;
  /** The package's folder. */
  readonly folder: string;
  readonly deployment: boolean;
}

const KINDS: readonly RepositoryKind[] = [
  { kind: "catalog", target: "catalog", folder: "nf/web", deployment: false },
  { kind: "deployment", target: "edge-1", folder: "edge-1/nf/web", deployment: true },
];

/** A repository with the revision v1 of the package `web`, and an external branch `work` for it. */
interface Discovered {
  readonly git: GitReader;
  /** The commit of v1. */
  readonly first: string;
  /** The name of the package revision of a tag or branch. */
  readonly object: (leaf: string) => string;
  /** The text of the package's file in a contents object. */
  readonly text: (leaf: string) => Promise<string | undefined>;
  /** Pushes a tag of the package with a new commit on main, and returns the commit. */
  readonly pushTag: (leaf: string, text: string) => Promise<string>;
}

const isLatest = ({ metadata }: PackageRevision) => metadata.labels?.["pkg.pkgserver.dev/latest"] === "true";
const messageOf = ({ status }: PackageRevision) => status?.conditions?.[0]?.message;

describe.concurrent.each(KINDS)("an external change in a $kind repository", ({ kind, target, folder, deployment }) => {
  async function discover({ env, packages }: Fixtures, name: string): Promise<Discovered> {
    const repository = `${kind}-${name}`;
    await env.git.createRepository(repository);
    const [first = ""] = await pushExternally(
      env.git,
      repository,
      { files: { [`${folder}/a.yaml`]: "v: 1\n" }, tags: [`${folder}/v1`] },
      { branch: `${folder}/work`, from: "refs/heads/main", files: { [`${folder}/a.yaml`]: "work: 1\n" } },
    );
    await env.register(repository, { deployment, sync: { interval: "24h" } });
    const object = (leaf: string) => `${target}.${repository}.nf.web.${leaf}`;
    await packages.waitForReason(object("v1"), "Published");
    await packages.waitForReason(object("work"), "Draft");
    return {
      git: createGitReader(env.git, repository),
      first,
      object,
      text: async (leaf) => (await packages.contents(object(leaf))).spec.resources?.["a.yaml"],
      pushTag: async (leaf, text) => {
        const files = { [`${folder}/a.yaml`]: text };
        const [commit = ""] = await pushExternally(env.git, repository, { files, annotated: [`${folder}/${leaf}`] });
        return commit;
      },
    };
  }

  it("new tag: creates a revision, which gets the label `latest`", async ({ env, packages }) => {
    const { object, pushTag } = await discover({ env, packages }, "new-tag");
    expect(isLatest(await env.revision(object("v1")))).toBe(true);
    const commit = await pushTag("v2", "v: 2\n");
    await env.sync(`${kind}-new-tag`);
    const revision = await packages.waitForReason(object("v2"), "Published");
    expect([revision.status?.commit, isLatest(revision)]).toEqual([commit, true]);
    await packages.waitFor(object("v1"), "is no longer the latest", (one) => !isLatest(one));
  });

  it("moved tag: the condition has both commits, the published contents stay, and the old tag is accepted", async ({
    env,
    packages,
  }) => {
    const { git, first, object, pushTag } = await discover({ env, packages }, "moved-tag");
    const other = await pushTag("v2", "v: 2\n");
    const before = await packages.contents(object("v1"));
    await git("update-ref", `refs/tags/${folder}/v1`, other);
    const refs = await listRefs(env.git, `${kind}-moved-tag`);
    await env.sync(`${kind}-moved-tag`);
    const moved = await packages.waitForReason(object("v1"), "TagMoved");
    expect(messageOf(moved)).toContain(`refs/tags/${folder}/v1 was moved on the remote from ${first} to ${other}`);
    expect(moved.status).toMatchObject({ lifecycle: "published", commit: first });
    expect((await packages.contents(object("v1"))).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(await listRefs(env.git, `${kind}-moved-tag`)).toBe(refs);
    await git("update-ref", `refs/tags/${folder}/v1`, first);
    await env.sync(`${kind}-moved-tag`);
    await packages.waitForReason(object("v1"), "Published");
  });

  it("deleted tag: the condition says how to restore it, and the revision before it becomes the latest", async ({
    env,
    packages,
  }) => {
    const { git, object, pushTag, text } = await discover({ env, packages }, "deleted-tag");
    await pushTag("v2", "v: 2\n");
    await env.sync(`${kind}-deleted-tag`);
    const { metadata, status } = await packages.waitForReason(object("v2"), "Published");
    const tag = await git("rev-parse", `refs/tags/${folder}/v2`);
    await git("update-ref", "-d", `refs/tags/${folder}/v2`);
    await env.sync(`${kind}-deleted-tag`);
    const missing = await packages.waitForReason(object("v2"), "TagMissing");
    expect(messageOf(missing)).toMatch(`refs/tags/${folder}/v2 was deleted on the remote`);
    expect(messageOf(missing)).toContain(`or else ${status?.commit} to it`);
    expect(missing.status?.lifecycle).toBe("published");
    await packages.waitFor(object("v1"), "is the latest again", isLatest);
    await packages.waitFor(object("v2"), "is no longer the latest", (one) => !isLatest(one));
    expect(await text("v2")).toBe("v: 2\n");
    expect((await env.repository(`${kind}-deleted-tag`)).status?.revisions).toBe(1);

    await git("update-ref", `refs/tags/${folder}/v2`, tag);
    await env.sync(`${kind}-deleted-tag`);
    const restored = await packages.waitForReason(object("v2"), "Published");
    expect([restored.metadata.uid, isLatest(restored)]).toEqual([metadata.uid, true]);
  });

  it("commit on a draft's branch: the contents show it", async ({ env, packages }) => {
    const { object, text } = await discover({ env, packages }, "commit");
    const [commit] = await pushExternally(env.git, `${kind}-commit`, {
      branch: `${folder}/work`,
      files: { [`${folder}/a.yaml`]: "work: 2\n" },
    });
    await env.sync(`${kind}-commit`);
    await packages.waitFor(object("work"), "has the commit", ({ status }) => status?.commit === commit);
    expect(await text("work")).toBe("work: 2\n");
  });

  it("deleted branch: the condition has its name, and the restored branch is accepted", async ({ env, packages }) => {
    const { git, object, text } = await discover({ env, packages }, "deleted-branch");
    const commit = await git("rev-parse", `refs/heads/${folder}/work`);
    await git("update-ref", "-d", `refs/heads/${folder}/work`);
    await env.sync(`${kind}-deleted-branch`);
    const missing = await packages.waitForReason(object("work"), "BranchMissing");
    expect(messageOf(missing)).toContain(`refs/heads/${folder}/work was deleted on the remote`);
    expect(messageOf(missing)).toContain(`push ${commit} to it`);
    await git("update-ref", `refs/heads/${folder}/work`, commit);
    await env.sync(`${kind}-deleted-branch`);
    await packages.waitForReason(object("work"), "Draft");
    expect(await text("work")).toBe("work: 1\n");
  });

  it("new branch: creates a draft whose base is the commit where the branch left main", async ({ env, packages }) => {
    const { git, object, pushTag } = await discover({ env, packages }, "new-branch");
    await pushTag("v2", "v: 2\n");
    const [commit] = await pushExternally(env.git, `${kind}-new-branch`, {
      branch: `${folder}/next`,
      from: "refs/heads/main",
      files: { [`${folder}/a.yaml`]: "next: 1\n" },
    });
    await env.sync(`${kind}-new-branch`);
    const { status } = await packages.waitForReason(object("next"), "Draft");
    expect(status).toMatchObject({ commit, base: { commit: await git("rev-parse", "main"), revision: "v2" } });
  });

  it("shows in selections by field and label, and in columns", async ({ env, packages }) => {
    const { object, pushTag } = await discover({ env, packages }, "select");
    await pushTag("v2", "v: 2\n");
    await env.sync(`${kind}-select`);
    await packages.waitForReason(object("v2"), "Published");
    await packages.waitFor(object("v1"), "is no longer the latest", (one) => !isLatest(one));
    const select = async (...args: readonly string[]) => {
      const repository = `--field-selector=spec.packageRevID.repository=${kind}-select`;
      const [first = repository, ...more] = args.map((one) => one.replace("fields:", `${repository},`));
      const listed = await env.as("dave")("get", "pkgrev", first, ...more, "-o", "name");
      return listed
        .trim()
        .split("\n")
        .map((line) => line.split(".").at(-1))
        .sort();
    };
    expect(await select()).toEqual(["v1", "v2", "work"]);
    expect(await select("fields:status.lifecycle=draft")).toEqual(["work"]);
    expect(await select("fields:status.revision=v1,spec.packageRevID.realm=nf")).toEqual(["v1"]);
    expect(await select("fields:spec.packageRevID.package=web,spec.packageRevID.workspace=work")).toEqual(["work"]);
    expect(await select(`fields:spec.packageRevID.target=${target},spec.lifecycle=published`)).toEqual(["v1", "v2"]);
    expect(await select("fields:status.lifecycle=published", "--selector=pkg.pkgserver.dev/latest=true")).toEqual([
      "v2",
    ]);
    const columns = async (leaf: string) =>
      (await env.as("dave")("get", "pkgrev", object(leaf), "--no-headers")).trim().split(/\s+/).slice(0, 6);
    expect(await columns("v2")).toEqual([object("v2"), "True", "Published", "published", "v2", "true"]);
    expect((await columns("work")).slice(0, 4)).toEqual([object("work"), "True", "Draft", "draft"]);
  });
});
