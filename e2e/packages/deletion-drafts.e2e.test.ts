import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { countPushes, createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;
let git: GitReader;

beforeAll(async () => {
  env = await startTestEnv("deldrafts");
  packages = await createPackages(env);
  await env.git.createRepository("blue");
  await env.register("blue");
  git = createGitReader(env.git, "blue");
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end();
});

const FILES = { "a.yaml": "a: 1\n" };
const id = (name: string, workspace = "one") => ({ repository: "blue", package: name, workspace });

describe("deletion: of what is not published", () => {
  it("a draft: its branch goes with it, and nothing else", async () => {
    await packages.createPublished(id("draft"), FILES);
    const before = await git("for-each-ref");
    const name = await packages.createDraft(id("draft", "two"), { "a.yaml": "a: 2\n" });
    const pushes = countPushes(env.git, "blue");
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git("for-each-ref")).toBe(before);
    expect(countPushes(env.git, "blue") - pushes).toBe(1);
    await env.sync("blue");
    await packages.waitUntilGone(name);
  });

  it("a draft that somebody else's finalizer keeps: who brings its branch back in the meantime keeps it", async () => {
    const name = await packages.createDraft(id("held"), FILES);
    const head = await git("rev-parse", "held/one");
    const finalizers = ["example.com/hold", ...((await packages.get(name)).metadata.finalizers ?? [])];
    await packages.patch(name, { metadata: { finalizers } });
    await packages.delete(name);
    await packages.waitFor(name, "is kept by that alone", ({ metadata }) => metadata.finalizers?.length === 1);
    expect(await git.refs()).not.toContain("heads/held/one");
    await git("update-ref", "refs/heads/held/one", head);
    await env.sync("blue");
    // Whatever makes the operator look at the object once more: a draft that began after that is looked at later.
    await packages.patch(name, { metadata: { labels: { looked: "again" } } });
    await packages.createDraft(id("later"));
    expect(await git("rev-parse", "held/one")).toBe(head);
    await packages.patch(name, { metadata: { finalizers: [] } }, "admin");
    await packages.waitForReason(name, "Draft");
    expect((await packages.contents(name)).spec.resources).toEqual(FILES);
  });

  it("a proposal: the same", async () => {
    const before = await git("for-each-ref");
    const name = await packages.createDraft(id("proposal"), FILES);
    await packages.propose(name);
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git("for-each-ref")).toBe(before);
  });

  it("a draft that waits for its upstream, or was refused: there is nothing in Git", async () => {
    const before = await git("for-each-ref");
    const upstream = { repository: "blue", package: "nowhere" };
    const name = await packages.create(id("waits"), { spec: { tasks: [{ type: "clone" }], upstream } });
    await packages.waitForReason(name, "UpstreamNotFound");
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git("for-each-ref")).toBe(before);
  });

  it("a draft of a Repository that is not there, or was never read: released at once", async () => {
    const bare = { repository: "nowhere", package: "net", workspace: "one" };
    const orphan = await packages.create(bare);
    await packages.waitForReason(orphan, "RepositoryNotFound");
    await env.applyRepository("unread", {}, { credentials: "missing" });
    await env.waitForRepository("unread", "SecretNotFound");
    const unread = await packages.create({ ...bare, repository: "unread" });
    await packages.waitForReason(unread, "RepositoryNotReady");
    for (const name of [orphan, unread]) {
      await packages.delete(name);
      await packages.waitUntilGone(name);
    }
    await packages.request("carol", "delete", "repositories/unread");
  });

  it("a draft with edits that could not be committed, and one whose branch others took away", async () => {
    const bad = await packages.createDraft(id("bad"), FILES);
    await packages.edit(bad, { "../x": "x\n" });
    await packages.waitForReason(bad, "InvalidPath");
    const gone = await packages.createDraft(id("gone"), FILES);
    await git("update-ref", "-d", "refs/heads/gone/one");
    for (const name of [bad, gone]) {
      await packages.delete(name);
      await packages.waitUntilGone(name);
    }
    expect(await git("for-each-ref", "refs/heads/bad", "refs/heads/gone")).toBe("");
  });

  it("a draft to whose branch others have pushed since: their commit is not lost unseen", async () => {
    const name = await packages.createDraft(id("foreign"), FILES);
    await pushExternally(env.git, "blue", { branch: "foreign/one", files: { "foreign/b.yaml": "theirs\n" } });
    const { uid } = (await packages.get(name)).metadata;
    await packages.delete(name);
    await packages.waitFor(
      name,
      "is discovered",
      ({ metadata, status }) => metadata.uid !== uid && status?.lifecycle === "draft",
    );
    expect((await packages.contents(name)).spec.resources).toEqual({ ...FILES, "b.yaml": "theirs\n" });
  });

  it("a draft whose successor has the same name: the new one keeps its branch and its files", async () => {
    for (let turn = 0; turn < 3; turn++) {
      const name = await packages.createDraft(id("again"), { [`f${turn}.yaml`]: "" });
      await packages.delete(name);
      await packages.waitUntilGone(name);
    }
    const name = await packages.createDraft(id("again"), FILES);
    await env.sync("blue");
    expect((await packages.get(name)).status?.lifecycle).toBe("draft");
    expect((await packages.contents(name)).spec.resources).toEqual(FILES);
    expect(await git.files("refs/heads/again/one", "again")).toEqual(FILES);
  });

  it("what is published is not deleted directly, whoever asks; its contents neither", async () => {
    const { metadata } = await packages.createPublished(id("kept"), FILES);
    const before = await git("for-each-ref");
    for (const user of ["alice", "bob", "carol", "admin"] as const) {
      await expect(packages.delete(metadata.name, user)).rejects.toThrow(
        "set spec.lifecycle to deletionProposed first",
      );
    }
    expect((await packages.get(metadata.name)).metadata.deletionTimestamp).toBeUndefined();
    expect(await git("for-each-ref")).toBe(before);
  });
});
