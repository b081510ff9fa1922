import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { countPushes, createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, nameOf, type PackageID, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;

beforeAll(async () => {
  env = await startTestEnv("delpub");
  packages = await createPackages(env);
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end({ exceptions: [{ invariant: 3, why: "a tag was moved by hand, and stays so" }] });
});

const id = (repository: string, number: number): PackageID => ({ repository, package: "net", workspace: `w${number}` });
const name = (repository: string, number: number) => nameOf(id(repository, number));

/** A repository with another package, and revisions v1 … vN of the package net, whose files tell their number. */
async function arrange(repository: string, count: number, spec: object = {}): Promise<GitReader> {
  await env.git.createRepository(repository, { seed: { "other/x.yaml": "x: 1\n" } });
  await env.register(repository, { ...spec });
  for (let number = 1; number <= count; number++) {
    await packages.createPublished(id(repository, number), { "a.yaml": `n: ${number}\n`, [`only-${number}.yaml`]: "" });
  }
  return createGitReader(env.git, repository);
}

/** Proposes a deletion, and has it done by an approver. */
async function remove(which: string): Promise<void> {
  await packages.setLifecycle(which, "deletionProposed");
  await packages.waitForReason(which, "DeletionProposed");
  await packages.delete(which, "bob");
  await packages.waitUntilGone(which);
}

const files = (number: number) => ({ "net/a.yaml": `n: ${number}\n`, [`net/only-${number}.yaml`]: "" });
const OTHER = { "other/x.yaml": "x: 1\n" };

describe.concurrent("deletion: of what is published", () => {
  it("is proposed first, which may be taken back without any right; nothing changes in Git", async () => {
    const git = await arrange("back", 1);
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

  it("is done by an approver, not by an editor: all of it in one push", async () => {
    const git = await arrange("done", 2);
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
    // The tag becomes a tombstone at the same commit, from which it can be brought back.
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

  it("never gives a number free: the next one is one more, also after the last", async () => {
    const git = await arrange("numbers", 2);
    await remove(name("numbers", 2));
    await remove(name("numbers", 1));
    expect(await git.files("main")).toEqual(OTHER);
    const { status } = await packages.createPublished(id("numbers", 3), { "a.yaml": "n: 3\n" });
    expect(status?.revision).toBe("v3");
    expect(await git.refs()).toEqual(["tags/net/deleted-v1", "tags/net/deleted-v2", "tags/net/v3"]);
    expect(await git.files("main")).toEqual({ ...OTHER, "net/a.yaml": "n: 3\n" });
  });

  it("of an older revision leaves main as it is", async () => {
    const git = await arrange("older", 2);
    const before = await git("rev-parse", "main");
    await remove(name("older", 1));
    expect(await git("rev-parse", "main")).toBe(before);
    expect(await git.refs()).toEqual(["tags/net/deleted-v1", "tags/net/v2"]);
  });

  it("leaves main as it is where others have changed the folder", async () => {
    const git = await arrange("ahead", 1);
    const [theirs] = await pushExternally(env.git, "ahead", { files: { "net/theirs.yaml": "theirs\n" } });
    await remove(name("ahead", 1));
    expect(await git("rev-parse", "main")).toBe(theirs);
    expect(await git.refs()).toEqual(["tags/net/deleted-v1"]);
  });

  it("tagOnly: leaves main alone", async () => {
    const git = await arrange("tags", 1, { publish: "tagOnly" });
    const before = await git("rev-parse", "main");
    await remove(name("tags", 1));
    expect(await git("rev-parse", "main")).toBe(before);
    expect(await git.refs()).toEqual(["tags/net/deleted-v1"]);
  });

  it("keeps the packages nested in its folder", async () => {
    await env.git.createRepository("nest");
    const seed = { "outer/a.yaml": "a: 1\n", "outer/inner/b.yaml": "b: 1\n" };
    await pushExternally(env.git, "nest", { files: seed, tags: ["outer/v1", "outer/inner/v1"] });
    await env.register("nest");
    const git = createGitReader(env.git, "nest");
    const outer = "catalog.nest.outer.v1";
    await packages.waitForReason(outer, "Published");
    await remove(outer);
    expect(await git.files("main")).toEqual({ "outer/inner/b.yaml": "b: 1\n" });
    expect(await git("tag", "--list")).toBe("outer/deleted-v1\nouter/inner/v1");
  });

  it("takes off main what it put there, also where a package below held some of it back, and is none any more", async () => {
    await env.git.createRepository("held", { seed: OTHER });
    await pushExternally(env.git, "held", { branch: "net/sub/x", files: { "net/sub/b.yaml": "b: 1\n" } });
    const own = { "net/a.yaml": "n: 1\n", "net/sub/c.yaml": "c: 1\n" };
    await pushExternally(env.git, "held", { branch: "net/w1", files: own });
    await env.register("held");
    const git = createGitReader(env.git, "held");
    const one = name("held", 1);
    await packages.waitForReason(one, "Draft");
    await packages.publish(one);
    await env.git.git("held", "update-ref", "-d", "refs/heads/net/sub/x");
    await env.sync("held");
    expect(await git.files("main")).toEqual({ ...OTHER, "net/a.yaml": "n: 1\n" });
    await remove(one);
    expect(await git.files("main")).toEqual(OTHER);
  });

  it("does not touch a tag that others have moved", async () => {
    const git = await arrange("moved", 1);
    const one = name("moved", 1);
    await pushExternally(env.git, "moved", { files: { "net/a.yaml": "theirs\n" }, tags: ["net/v1"] });
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
