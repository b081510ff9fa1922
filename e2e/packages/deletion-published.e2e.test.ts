import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { countPushes, createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import { nameOf, type PackageID, type Packages } from "../testenv/packages.ts";

const it = testWithEnv("delpub", {
  end: { exceptions: [{ invariant: 3, why: "the test moves a tag and leaves it there" }] },
});

const id = (repository: string, number: number): PackageID => ({ repository, package: "net", workspace: `w${number}` });
const name = (repository: string, number: number) => nameOf(id(repository, number));

/**
 * A repository with the package `other`, and revisions v1 to vN of the package `net` whose files contain the number.
 */
async function createRevisions(
  { env, packages }: Fixtures,
  repository: string,
  count: number,
  spec: object = {},
): Promise<GitReader> {
  await env.git.createRepository(repository, { seed: { "other/x.yaml": "x: 1\n" } });
  await env.register(repository, { ...spec });
  for (let number = 1; number <= count; number++) {
    await packages.createPublished(id(repository, number), { "a.yaml": `n: ${number}\n`, [`only-${number}.yaml`]: "" });
  }
  return createGitReader(env.git, repository);
}

/** Proposes a deletion as an editor, and deletes as an approver. */
async function proposeAndDelete(packages: Packages, revision: string): Promise<void> {
  await packages.setLifecycle(revision, "deletionProposed");
  await packages.waitForReason(revision, "DeletionProposed");
  await packages.delete(revision, "bob");
  await packages.waitUntilGone(revision);
}

const files = (number: number) => ({ "net/a.yaml": `n: ${number}\n`, [`net/only-${number}.yaml`]: "" });
const OTHER = { "other/x.yaml": "x: 1\n" };

describe.concurrent("deletion: a published revision", () => {
  it("must be proposed for deletion first; an editor may take that back, and Git does not change", async ({
    env,
    packages,
  }) => {
    const git = await createRevisions({ env, packages }, "back", 1);
    const before = await git("for-each-ref");
    const one = name("back", 1);
    await packages.setLifecycle(one, "deletionProposed");
    const { status } = await packages.waitForReason(one, "DeletionProposed");
    expect(status).toMatchObject({ lifecycle: "deletionProposed", revision: "v1" });
    await expect(packages.setLifecycle(one, "draft")).rejects.toThrow("is still published");
    await packages.setLifecycle(one, "published");
    expect((await packages.waitForReason(one, "Published")).status?.lifecycle).toBe("published");
    await expect(packages.delete(one, "bob")).rejects.toThrow("set spec.lifecycle to deletionProposed first");
    expect(await git("for-each-ref")).toBe(before);
  });

  it("is deleted by an approver, not by an editor, in one push", async ({ env, packages }) => {
    const git = await createRevisions({ env, packages }, "done", 2);
    const two = name("done", 2);
    const { commit } = (await packages.get(two)).status ?? {};
    await packages.setLifecycle(two, "deletionProposed");
    await packages.waitForReason(two, "DeletionProposed");
    await expect(packages.delete(two, "alice")).rejects.toThrow(
      "user alice may not delete what is proposed for deletion",
    );
    const pushes = countPushes(env.git, "done");
    await packages.delete(two, "bob");
    await packages.waitUntilGone(two);
    expect(countPushes(env.git, "done") - pushes).toBe(1);
    // The tag becomes a tombstone at the same commit, so that the revision can be restored.
    expect(await git.refs()).toEqual(["tags/net/deleted-v2", "tags/net/v1"]);
    expect(await git("cat-file", "-t", "refs/tags/net/deleted-v2")).toBe("tag");
    expect(await git("rev-parse", "net/deleted-v2^{commit}")).toBe(commit);
    expect(await git.files("main")).toEqual({ ...OTHER, ...files(1) });
    expect(await git("log", "--format=%s", "-2", "main")).toBe("Delete net v2: back to v1\nPublish net v2");
    await packages.waitFor(
      name("done", 1),
      "is the latest again",
      ({ metadata }) => metadata.labels?.["pkg.pkgserver.dev/latest"] === "true",
    );
    await env.sync("done");
    await packages.waitUntilGone(two);
  });

  it(
    ...needs("MutatingAdmissionPolicy", "under four eyes is deleted by another user than the one who proposed that"),
    async ({ env, packages }) => {
      const git = await createRevisions({ env, packages }, "eyes", 1, { approval: { fourEyes: true } });
      const one = name("eyes", 1);
      const before = await git("for-each-ref");
      const refused = "carol proposed this deletion, and the Repository requires another user to carry it out";
      await packages.setLifecycle(one, "deletionProposed", "carol");
      const { status } = await packages.waitForReason(one, "DeletionProposed");
      expect(status?.deletionProposal).toEqual({ by: "carol", fourEyes: true });
      await expect(packages.delete(one, "carol")).rejects.toThrow(refused);
      // Applied again without annotations, and proposed anew: she is still the one who proposed it.
      const { annotations: _, ...metadata } = (await packages.get(one)).metadata;
      const manifest = { ...(await packages.get(one)), metadata };
      await packages.request("carol", "replace", `packagerevisions/${one}`, manifest);
      await expect(packages.delete(one, "carol")).rejects.toThrow(refused);
      await packages.setLifecycle(one, "published", "carol");
      await packages.setLifecycle(one, "deletionProposed", "carol");
      await packages.waitForReason(one, "DeletionProposed");
      await expect(packages.delete(one, "carol")).rejects.toThrow(refused);
      // Right after the request, which the operator may or may not have recorded by then.
      await packages.setLifecycle(one, "published", "carol");
      await packages.waitForReason(one, "Published");
      await packages.setLifecycle(one, "deletionProposed", "carol");
      await expect(packages.delete(one, "carol")).rejects.toThrow(/carol proposed this deletion|has not recorded yet/);
      await packages.waitForReason(one, "DeletionProposed");
      expect((await packages.get(one)).metadata.uid).toBe(metadata.uid);
      expect(await git("for-each-ref")).toBe(before);
      await packages.delete(one, "bob");
      await packages.waitUntilGone(one);
      expect(await git.refs()).toEqual(["tags/net/deleted-v1"]);
      expect(await git("log", "-1", "--format=%an", "main")).toBe("carol");
    },
  );

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "is brought up to date if the Repository requires four eyes later, or no longer",
    ),
    async ({ env, packages }) => {
      await createRevisions({ env, packages }, "switch", 1);
      const one = name("switch", 1);
      await packages.setLifecycle(one, "deletionProposed", "carol");
      await packages.waitForReason(one, "DeletionProposed");
      const require = async (fourEyes: boolean) => {
        const patch = JSON.stringify({ spec: { approval: { fourEyes } } });
        await env.as("admin")("patch", "pkgrepo", "switch", "--type=merge", `--patch=${patch}`);
        const isKnown = (given: PackageRevision) => given.status?.deletionProposal?.fourEyes === fourEyes;
        await packages.waitFor(one, `has fourEyes ${fourEyes}`, isKnown);
      };
      await require(true);
      await expect(packages.delete(one, "carol")).rejects.toThrow("carol proposed this deletion");
      await require(false);
      await packages.delete(one, "carol");
      await packages.waitUntilGone(one);
    },
  );

  it("never frees its number, not even if it was the last revision", async ({ env, packages }) => {
    const git = await createRevisions({ env, packages }, "numbers", 2);
    await proposeAndDelete(packages, name("numbers", 2));
    await proposeAndDelete(packages, name("numbers", 1));
    expect(await git.files("main")).toEqual(OTHER);
    const { status } = await packages.createPublished(id("numbers", 3), { "a.yaml": "n: 3\n" });
    expect(status?.revision).toBe("v3");
    expect(await git.refs()).toEqual(["tags/net/deleted-v1", "tags/net/deleted-v2", "tags/net/v3"]);
    expect(await git.files("main")).toEqual({ ...OTHER, "net/a.yaml": "n: 3\n" });
  });

  it("that is not the latest is deleted without a change of main", async ({ env, packages }) => {
    const git = await createRevisions({ env, packages }, "older", 2);
    const before = await git("rev-parse", "main");
    await proposeAndDelete(packages, name("older", 1));
    expect(await git("rev-parse", "main")).toBe(before);
    expect(await git.refs()).toEqual(["tags/net/deleted-v1", "tags/net/v2"]);
  });

  it("is deleted without a change of main where the folder has an external commit", async ({ env, packages }) => {
    const git = await createRevisions({ env, packages }, "ahead", 1);
    const [external] = await pushExternally(env.git, "ahead", { files: { "net/external.yaml": "external\n" } });
    await proposeAndDelete(packages, name("ahead", 1));
    expect(await git("rev-parse", "main")).toBe(external);
    expect(await git.refs()).toEqual(["tags/net/deleted-v1"]);
  });

  it("of a tagOnly Repository is deleted without a change of main", async ({ env, packages }) => {
    const git = await createRevisions({ env, packages }, "tags", 1, { publish: "tagOnly" });
    const before = await git("rev-parse", "main");
    await proposeAndDelete(packages, name("tags", 1));
    expect(await git("rev-parse", "main")).toBe(before);
    expect(await git.refs()).toEqual(["tags/net/deleted-v1"]);
  });

  it("is deleted without the packages nested in its folder", async ({ env, packages }) => {
    await env.git.createRepository("nest");
    const seed = { "outer/a.yaml": "a: 1\n", "outer/inner/b.yaml": "b: 1\n" };
    await pushExternally(env.git, "nest", { files: seed, tags: ["outer/v1", "outer/inner/v1"] });
    await env.register("nest");
    const git = createGitReader(env.git, "nest");
    const outer = "catalog.nest.outer.v1";
    await packages.waitForReason(outer, "Published");
    await proposeAndDelete(packages, outer);
    expect(await git.files("main")).toEqual({ "outer/inner/b.yaml": "b: 1\n" });
    expect(await git("tag", "--list")).toBe("outer/deleted-v1\nouter/inner/v1");
  });

  it("is removed from main where a nested package, since deleted, kept files out of it", async ({ env, packages }) => {
    await env.git.createRepository("held", { seed: OTHER });
    await pushExternally(env.git, "held", {
      branch: "elsewhere",
      files: { "net/sub/b.yaml": "b: 1\n" },
      tags: ["net/sub/v1"],
    });
    const own = { "net/Kptfile": "", "net/a.yaml": "n: 1\n", "net/sub/c.yaml": "c: 1\n" };
    await pushExternally(env.git, "held", { branch: "net/w1", files: own });
    await env.register("held");
    const git = createGitReader(env.git, "held");
    const one = name("held", 1);
    await packages.waitForReason(one, "Draft");
    await packages.publish(one);
    await env.git.git("held", "update-ref", "-d", "refs/tags/net/sub/v1");
    await env.sync("held");
    expect(await git.files("net/v1", "net")).toEqual({ Kptfile: "", "a.yaml": "n: 1\n" });
    expect(await git.files("main")).toEqual({ ...OTHER, "net/Kptfile": "", "net/a.yaml": "n: 1\n" });
    await proposeAndDelete(packages, one);
    expect(await git.files("main")).toEqual(OTHER);
    await git("tag", "net/sub/v1", "elsewhere");
    await env.sync("held");
    await packages.waitForReason("catalog.held.net.sub.v1", "Published");
  });

  it("is deleted without its tag where that was moved on the remote", async ({ env, packages }) => {
    const git = await createRevisions({ env, packages }, "moved", 1);
    const one = name("moved", 1);
    await pushExternally(env.git, "moved", { files: { "net/a.yaml": "external\n" }, tags: ["net/v1"] });
    await env.sync("moved");
    await packages.waitForReason(one, "TagMoved");
    const before = await git("for-each-ref");
    await packages.setLifecycle(one, "deletionProposed");
    await packages.waitForReason(one, "TagMoved");
    await packages.delete(one, "bob");
    await packages.waitUntilGone(one);
    expect((await packages.waitForReason("catalog.moved.net.v1", "Published")).status?.revision).toBe("v1");
    expect(await git("for-each-ref")).toBe(before);
  });
});
