import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { countPushes, createGitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("deldrafts").extend("git", { scope: "file" }, async ({ env }) =>
  createGitReader(env.git, "blue"),
);

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

const DELETE_BRANCH = "pkg.pkgserver.dev/delete-branch";

/** The notes of the Events of a reason, as the editor reads them. */
async function eventsOf({ as }: Fixtures["env"], name: string, reason = "BranchKept"): Promise<readonly string[]> {
  const list = JSON.parse(await as("alice")("get", "events.events.k8s.io", "-o", "json")) as {
    readonly items: readonly { readonly reason: string; readonly note: string; readonly regarding: { name: string } }[];
  };
  return list.items.flatMap((one) => (one.reason === reason && one.regarding.name === name ? [one.note] : []));
}

const FILES = { "a.yaml": "a: 1\n" };
const id = (name: string, workspace = "one") => ({ repository: "blue", package: name, workspace });

describe("deletion: a draft or proposal", () => {
  it("makes a draft's branch a tag in one push, and changes no other ref", async ({ env, packages, git }) => {
    await packages.createPublished(id("draft"), FILES);
    const before = await git.refs();
    const name = await packages.createDraft(id("draft", "two"), { "a.yaml": "a: 2\n" });
    const head = (await git("rev-parse", "draft/two")).trim();
    const tag = `draft/deleted-two-${head.slice(0, 12)}`;
    const pushes = countPushes(env.git, "blue");
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect([...(await git.refs())].sort()).toEqual([...before, `tags/${tag}`].sort());
    expect((await git("rev-parse", `${tag}^{commit}`)).trim()).toBe(head);
    expect(countPushes(env.git, "blue") - pushes).toBe(1);
    const [note] = await waitUntil("the Event names the tag", async () => await eventsOf(env, name, "DraftDeleted"), {
      until: (notes) => notes.length > 0,
    });
    expect(note).toContain(`the tag ${tag} keeps that commit for 720h`);
    await env.sync("blue");
    await packages.waitUntilGone(name);
  });

  it("keeps a branch that is pushed again while a foreign finalizer holds the deleted draft", async ({
    env,
    packages,
    git,
  }) => {
    const name = await packages.createDraft(id("held"), FILES);
    const head = await git("rev-parse", "held/one");
    const finalizers = ["example.com/hold", ...((await packages.get(name)).metadata.finalizers ?? [])];
    await packages.patch(name, { metadata: { finalizers } });
    await packages.delete(name);
    await packages.waitFor(
      name,
      "has the foreign finalizer alone",
      ({ metadata }) => metadata.finalizers?.length === 1,
    );
    expect(await git.refs()).not.toContain("heads/held/one");
    await git("update-ref", "refs/heads/held/one", head);
    await env.sync("blue");
    // Triggers another reconcile of the object. A draft that is created afterwards is reconciled later.
    await packages.patch(name, { metadata: { labels: { reconcile: "again" } } });
    await packages.createDraft(id("later"));
    expect(await git("rev-parse", "held/one")).toBe(head);
    await packages.patch(name, { metadata: { finalizers: [] } }, "admin");
    await packages.waitForReason(name, "Draft");
    expect((await packages.contents(name)).spec.resources).toEqual(FILES);
  });

  it("deletes a proposal's branch", async ({ packages, git }) => {
    const name = await packages.createDraft(id("proposal"), FILES);
    await packages.propose(name);
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git("for-each-ref", "refs/heads/proposal")).toBe("");
  });

  it("restores a deleted draft from the tag that its Event names, and keeps others' commits", async ({
    env,
    packages,
    git,
  }) => {
    const [theirs = ""] = await pushExternally(env.git, "blue", {
      branch: "restored/one",
      files: { "restored/Kptfile": "", "outside/notes.md": "theirs\n" },
    });
    await env.sync("blue");
    const name = "catalog.blue.restored.one";
    await packages.waitForReason(name, "Draft");
    await packages.patch(name, { metadata: { annotations: { [DELETE_BRANCH]: theirs } } });
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git.refs()).not.toContain("heads/restored/one");
    const [note = ""] = await waitUntil("the Event names it", async () => await eventsOf(env, name, "DraftDeleted"), {
      until: (notes) => notes.length > 0,
    });
    const [, source = "", branch = ""] =
      /git push origin '?(refs\/tags\/[^:]*):(refs\/heads\/[^']*)'?$/.exec(note) ?? [];
    await env.git.git("blue", "update-ref", branch, (await git("rev-parse", source)).trim());
    await env.sync("blue");
    await packages.waitForReason(name, "Draft");
    expect((await git("rev-parse", "restored/one")).trim()).toBe(theirs);
    expect(await git.files("refs/heads/restored/one", "outside")).toEqual({ "notes.md": "theirs\n" });
  });

  it("removes the tag with the first sync after its retention, and keeps none for 0s", async ({ env, packages }) => {
    await env.git.createRepository("brief");
    await env.register("brief", { deletedDrafts: { retention: "1s" } });
    const git = createGitReader(env.git, "brief");
    const of = { repository: "brief", package: "net", workspace: "one" };
    const first = await packages.createDraft(of, FILES);
    await packages.delete(first);
    await packages.waitUntilGone(first);
    await waitUntil("a sync removes the tag", async () => {
      await env.sync("brief");
      return (await git("for-each-ref", "refs/tags")) === "";
    });
    await packages.request("admin", "merge", "repositories/brief", { spec: { deletedDrafts: { retention: "0s" } } });
    const second = await packages.createDraft(of, FILES);
    await packages.delete(second);
    await packages.waitUntilGone(second);
    expect(await git("for-each-ref", "refs/tags", "refs/heads/net")).toBe("");
  });

  it("changes nothing in Git for a draft that still waits for its upstream", async ({ packages, git }) => {
    const before = await git("for-each-ref");
    const upstream = { repository: "blue", package: "nowhere" };
    const name = await packages.create(id("waits"), { spec: { tasks: [{ type: "clone" }], upstream } });
    await packages.waitForReason(name, "UpstreamNotFound");
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git("for-each-ref")).toBe(before);
  });

  it("releases a draft at once whose Repository does not exist or was never read", async ({ env, packages }) => {
    const base = { repository: "nowhere", package: "net", workspace: "one" };
    const orphan = await packages.create(base);
    await packages.waitForReason(orphan, "RepositoryNotFound");
    await env.applyRepository("unread", {}, { credentials: "missing" });
    await env.waitForRepository("unread", "SecretNotFound");
    const unread = await packages.create({ ...base, repository: "unread" });
    await packages.waitForReason(unread, "RepositoryNotReady");
    for (const name of [orphan, unread]) {
      await packages.delete(name);
      await packages.waitUntilGone(name);
    }
    await packages.request("carol", "delete", "repositories/unread");
  });

  it("deletes a draft with an invalid edit, and a draft whose branch was deleted on the remote", async ({
    packages,
    git,
  }) => {
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

  it("keeps a branch with an external commit that was not shown yet, and discovers it as a draft", async ({
    env,
    packages,
  }) => {
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

  it("keeps a branch with a commit that is too large to be read, and releases the object", async ({
    env,
    packages,
    git,
  }) => {
    const name = await packages.createDraft(id("large"), FILES);
    const { uid } = (await packages.get(name)).metadata;
    const message = "m".repeat(5 * 1024 * 1024);
    const [theirs] = await pushExternally(env.git, "blue", { branch: "large/one", message });
    await env.sync("blue");
    await packages.delete(name);
    await waitUntil("the object is released", async () => await env.revisions(), {
      until: (all) => all.every(({ metadata }) => metadata.uid !== uid),
    });
    expect(await git("rev-parse", "large/one")).toBe(theirs);
  });

  it("keeps a branch that pkgserver did not make, until a deletion names its commit", async ({
    env,
    packages,
    git,
  }) => {
    const [theirs = ""] = await pushExternally(env.git, "blue", {
      branch: "adopted/fix",
      files: { "adopted/Kptfile": "", "adopted/a.yaml": "a: 1\n" },
    });
    await env.sync("blue");
    const name = "catalog.blue.adopted.fix";
    await packages.waitForReason(name, "Draft");
    await packages.save(name, { "a.yaml": "a: 2\n" });
    const { metadata, status } = await packages.get(name);
    expect(await git("rev-parse", "adopted/fix^")).toBe(theirs);
    await packages.delete(name);
    const again = await packages.waitFor(name, "is a draft again", (one) => {
      return one.metadata.uid !== metadata.uid && one.status?.lifecycle === "draft";
    });
    expect([again.status?.commit, await git("rev-parse", "adopted/fix")]).toEqual([status?.commit, status?.commit]);
    const events = await waitUntil("the Event tells how to delete the branch", async () => await eventsOf(env, name), {
      until: (notes) => notes.length > 0,
    });
    expect(events[0]).toContain(`kubectl annotate --overwrite pkgrev ${name} ${DELETE_BRANCH}=${status?.commit}`);
    await packages.patch(name, { metadata: { annotations: { [DELETE_BRANCH]: status?.commit } } });
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git.refs()).not.toContain("heads/adopted/fix");
  });

  it("keeps branch and files of a new draft that has the name of a deleted one", async ({ env, packages, git }) => {
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

  it("refuses every user to delete a published revision directly", async ({ packages, git }) => {
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
