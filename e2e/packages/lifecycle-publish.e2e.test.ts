import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { countPushes, createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { needs } from "../testenv/needs.ts";
import { nameOf, type Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("publish");

/** Creates and registers a repository. */
async function register(
  env: TestEnv,
  name: string,
  spec: object = {},
  git: object = {},
  files?: Record<string, string>,
): Promise<GitReader> {
  await env.git.createRepository(name, files === undefined ? {} : { seed: files });
  await env.register(name, { ...spec }, { ...git });
  return createGitReader(env.git, name);
}

const latest = async (packages: Packages, repository: string) => {
  const selector = "labelSelector=pkg.pkgserver.dev/latest%3Dtrue";
  const field = `fieldSelector=spec.packageRevID.repository%3D${repository}`;
  const list = await packages.request("dave", "get", `packagerevisions?${selector}&${field}`);
  return (list as unknown as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
};

describe.concurrent("lifecycle: publishing", () => {
  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "pushes once: an annotated tag, the folder on main, and the branch's deletion, with trailers",
    ),
    async ({ env, packages }) => {
      const seed = { "README.md": "ours\n", "edge1/web/other/a.yaml": "a: 1\n" };
      const git = await register(env, "fleet", { deployment: true }, {}, seed);
      const before = await git("rev-parse", "main");
      const id = { repository: "fleet", target: "edge1", realm: "web", package: "shop", workspace: "one" };
      const name = await packages.createDraft(
        id,
        { "a.yaml": "a: 1\n", "sub/b.yaml": "b: 1\n" },
        { metadata: { labels: { team: "x" } } },
      );
      const { proposal, contentDigest } = (await packages.propose(name)).status ?? {};
      const pushes = countPushes(env.git, "fleet");

      const published = await packages.publish(name);

      expect(countPushes(env.git, "fleet") - pushes).toBe(1);
      expect(await git.refs()).toEqual(["tags/edge1/web/shop/v1"]);
      expect(await git("cat-file", "-t", "refs/tags/edge1/web/shop/v1")).toBe("tag");
      expect(await git("rev-parse", "edge1/web/shop/v1^{commit}")).toBe(proposal?.commit);
      expect(await git.files("main")).toEqual({
        ...seed,
        "edge1/web/shop/a.yaml": "a: 1\n",
        "edge1/web/shop/sub/b.yaml": "b: 1\n",
      });
      expect(await git("log", "--format=%P %an <%ae> %cn: %s", "-1", "main")).toBe(
        `${before} bob <bob@noreply.pkgserver.dev> pkgserver: Publish edge1/web/shop v1`,
      );
      const expected = {
        "Package-Repository": `${env.namespace}/fleet`,
        "Package-Path": "edge1/web/shop",
        "Package-Workspace": "one",
        "Package-UID": published.metadata.uid,
        "Package-Lifecycle": "published",
        "Package-Revision": "v1",
        "Package-Digest": contentDigest,
        "Proposal-Digest": proposal?.digest,
        "Proposed-By": "alice",
        "Proposed-At": proposal?.at,
        "Approved-By": "bob",
        "Edited-By": "alice",
      };
      for (const object of ["main", "edge1/web/shop/v1"]) {
        const { "Package-Metadata": block, ...trailers } = await git.trailers(object);
        expect(trailers).toEqual(expected);
        expect(JSON.parse(block ?? "")).toMatchObject({ labels: { team: "x" } });
      }
      const lines = (await git("log", "-1", "--format=%(trailers:only,unfold)", "main")).trim().split("\n");
      expect(lines.slice(0, -1)).toEqual(Object.entries(expected).map(([key, value]) => `${key}: ${value}`));
      expect(published.spec.packageRevID.revision).toBe("v1");
      expect(published.status).toMatchObject({
        revision: "v1",
        publishedBy: "bob",
        commit: proposal?.commit,
        files: 2,
      });
      expect((await packages.contents(name)).status).toMatchObject({ frozen: true, commit: proposal?.commit });
    },
  );

  it(
    ...needs("MutatingAdmissionPolicy", "is not undone when the manifest of its creation replaces it"),
    async ({ env, packages }) => {
      await register(env, "replaced");
      const id = { repository: "replaced", package: "net", workspace: "one" };
      const published = await packages.createPublished(id, { "a.yaml": "a: 1\n" });
      const { apiVersion, kind } = published;
      const { lifecycle, approval } = published.spec;
      const name = nameOf(id);
      const manifest = { apiVersion, kind, metadata: { name }, spec: { packageRevID: id, lifecycle, approval } };
      await env.as("bob").withInput(JSON.stringify(manifest), "replace", "-f", "-");
      const { spec, metadata: after } = await packages.get(name);
      expect(spec).toEqual(published.spec);
      expect(after.finalizers).toEqual(published.metadata.finalizers);
      expect(after.labels).toEqual(published.metadata.labels);
      expect(await latest(packages, "replaced")).toEqual([name]);
    },
  );

  it("of a second revision deletes removed files, moves the label `latest`, and keeps main linear", async ({
    env,
    packages,
  }) => {
    const git = await register(env, "again");
    const one = { repository: "again", package: "net", workspace: "one" };
    await packages.createPublished(one, { "a.yaml": "a: 1\n", "old.yaml": "old: 1\n" });
    expect(await latest(packages, "again")).toEqual([nameOf(one)]);
    const two = { ...one, workspace: "two" };
    const name = await packages.createDraft(two);
    expect((await packages.get(name)).status?.base?.revision).toBe("v1");
    await packages.save(name, { "old.yaml": null, "a.yaml": "a: 2\n", "new.yaml": "new: 1\n" });
    const published = await packages.publish(name);
    expect(published.status?.revision).toBe("v2");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 2\n", "net/new.yaml": "new: 1\n" });
    expect(await git.files("net/v1", "net")).toEqual({ "a.yaml": "a: 1\n", "old.yaml": "old: 1\n" });
    expect(await git("log", "--format=%s", "main")).toBe("Publish net v2\nPublish net v1\nFirst commit");
    await packages.waitFor(
      nameOf(one),
      "is not the latest",
      ({ metadata }) => metadata.labels?.["pkg.pkgserver.dev/latest"] === undefined,
    );
    expect(await latest(packages, "again")).toEqual([name]);
  });

  it("creates main in an empty repository", async ({ env, packages }) => {
    await env.git.createRepository("empty", { empty: true });
    await env.register("empty", {}, { directory: "fleet/packages" });
    const git = createGitReader(env.git, "empty");
    await packages.createPublished({ repository: "empty", package: "net", workspace: "one" }, { "a.yaml": "a: 1\n" });
    expect(await git.files("main")).toEqual({ "fleet/packages/net/a.yaml": "a: 1\n" });
    expect(await git.refs()).toEqual(["tags/fleet/packages/net/v1"]);
    expect(await git("log", "--format=%s", "main")).toBe("Publish fleet/packages/net v1\nStart main");
  });

  it("creates only the tag where the Repository is tagOnly, as a protected main requires", async ({
    env,
    packages,
  }) => {
    const git = await register(env, "tags", { publish: "tagOnly" });
    const preReceive =
      'while read -r _ _ ref; do [ "$ref" != refs/heads/main ] || { echo "main is protected" >&2; exit 1; }; done\n';
    await env.git.setHooks("tags", { preReceive });
    const before = await git("rev-parse", "main");
    const id = { repository: "tags", package: "net", workspace: "one" };
    await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    const name = await packages.createDraft({ ...id, workspace: "two" });
    await packages.save(name, { "a.yaml": "a: 2\n" });
    await packages.publish(name);
    expect(await git("rev-parse", "main")).toBe(before);
    expect(await git.refs()).toEqual(["tags/net/v1", "tags/net/v2"]);
    expect(await git.files("net/v2", "net")).toEqual({ "a.yaml": "a: 2\n" });
  });

  it("of many packages at once creates each tag, keeps main linear, and shares pushes", async ({ env, packages }) => {
    const git = await register(env, "many");
    const ids = Array.from({ length: 10 }, (_, index) => ({
      repository: "many",
      package: `p${index}`,
      workspace: "one",
    }));
    const names = await Promise.all(ids.map((id) => packages.createDraft(id, { "a.yaml": `name: ${id.package}\n` })));
    await Promise.all(names.map((name) => packages.propose(name)));
    const pushes = countPushes(env.git, "many");
    await Promise.all(names.map((name) => packages.publish(name)));
    expect(countPushes(env.git, "many") - pushes).toBeLessThan(10);
    expect(await git.refs()).toEqual(ids.map((id) => `tags/${id.package}/v1`));
    expect(await git.files("main")).toEqual(
      Object.fromEntries(ids.map((id) => [`${id.package}/a.yaml`, `name: ${id.package}\n`])),
    );
    expect(await git("rev-list", "--count", "--no-merges", "main")).toBe("11");
  });
});

describe("lifecycle: nested packages", () => {
  const FILES = {
    "outer/a.yaml": "a: 1\n",
    "outer/gone.yaml": "gone: 1\n",
    "outer/sub/inner/b.yaml": "b: 1\n",
    "outer/sub/note.md": "of outer\n",
  };

  it("are not part of the enclosing package, and publishing either keeps the other", async ({ env, packages }) => {
    await env.git.createRepository("nest");
    await pushExternally(env.git, "nest", { files: FILES, tags: ["outer/v1", "outer/sub/inner/v1"] });
    await env.register("nest");
    const git = createGitReader(env.git, "nest");
    const outer = await packages.createDraft({ repository: "nest", package: "outer", workspace: "two" });
    expect((await packages.contents(outer)).spec.resources).toEqual({
      "a.yaml": "a: 1\n",
      "gone.yaml": "gone: 1\n",
      "sub/note.md": "of outer\n",
    });
    await packages.edit(outer, { "sub/inner/c.yaml": "c: 1\n" });
    const refused = await packages.waitForReason(outer, "InvalidPath");
    expect(refused.status?.conditions?.find(({ type }) => type === "Ready")?.message).toBe(
      '"sub/inner/c.yaml" belongs to the package in the folder sub/inner',
    );
    await packages.save(outer, { "sub/inner/c.yaml": null, "gone.yaml": null, "a.yaml": "a: 2\n" });

    const inner = { repository: "nest", realm: "outer/sub", package: "inner", workspace: "two" };
    const innerName = await packages.createDraft(inner);
    await packages.save(innerName, { "b.yaml": "b: 2\n" });
    await packages.publish(innerName);
    const { "outer/gone.yaml": _gone, ...kept } = FILES;
    expect(await git.files("main")).toEqual({ ...FILES, "outer/sub/inner/b.yaml": "b: 2\n" });

    await packages.publish(outer);
    expect(await git.files("main")).toEqual({ ...kept, "outer/a.yaml": "a: 2\n", "outer/sub/inner/b.yaml": "b: 2\n" });
    expect(await git("tag", "--list")).toBe("outer/sub/inner/v1\nouter/sub/inner/v2\nouter/v1\nouter/v2");
  });
});

describe("lifecycle: a repository with slow pushes", () => {
  it("does not block other repositories; waiting approvals share one push, beyond the concurrency limit", async ({
    env,
    packages,
  }) => {
    await Promise.all([register(env, "slow"), register(env, "quick")]);
    const idOf = (repository: string, at: number) => ({ repository, package: `p${at}`, workspace: "one" });
    const init = { spec: { tasks: [{ type: "init" }] } };
    const ids = Array.from({ length: 36 }, (_, at) => idOf("slow", at));
    const names = await Promise.all(ids.map((id) => packages.createDraft(id, undefined, init)));
    await Promise.all(names.map((name) => packages.propose(name)));
    const pushes = countPushes(env.git, "slow");
    const push = await holdNextPush(env.git, "slow", "before");
    const published = Promise.all(names.map((name) => packages.publish(name)));
    await push.reached();
    const active = /^controller_runtime_active_workers\{controller="packagerevision"\} (\d+)$/m;
    const count = async () => Number(active.exec(await (await fetch(`${env.operator.url}/metrics`)).text())?.[1]);
    await waitUntil("all of them wait for the repository", count, { until: (waiting) => waiting >= names.length });

    await packages.createPublished(idOf("quick", 0), { "a.yaml": "a: 1\n" });

    await push.release();
    await published;
    expect(countPushes(env.git, "slow") - pushes).toBe(2);
    expect((await createGitReader(env.git, "slow").refs()).length).toBe(names.length);
  }, 300_000);
});
