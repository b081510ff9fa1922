import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { createPackages, type PackageID, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;

beforeAll(async () => {
  env = await startTestEnv("conflicts");
  packages = await createPackages(env);
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  await env.end();
});

const CONFIRM = "pkg.pkgserver.dev/confirm-base";
const confirm = (value: string) => ({ metadata: { annotations: { [CONFIRM]: value } } });
const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });
const messageOf = async (name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";

async function register(name: string): Promise<GitReader> {
  await env.git.createRepository(name);
  await env.register(name);
  return createGitReader(env.git, name);
}

/** A package with a published v1, and a second revision of it that is proposed, with `b.yaml` added. */
async function arrange(repository: string): Promise<{ name: string; git: GitReader }> {
  const git = await register(repository);
  await packages.createPublished(id(repository, "one"), { "a.yaml": "a: 1\n" });
  const name = await packages.createDraft(id(repository, "two"));
  await packages.save(name, { "b.yaml": "b: 2\n" });
  await packages.propose(name);
  return { name, git };
}

describe.concurrent("lifecycle: two drafts of one package", () => {
  /** The second draft is approved after another one was published: it waits. */
  async function meet(repository: string): Promise<{ name: string; git: GitReader }> {
    const { name, git } = await arrange(repository);
    await packages.createPublished(id(repository, "three"), { "a.yaml": "a: 3\n" });
    await packages.setLifecycle(name, "published", "bob");
    const { status } = await packages.waitForReason(name, "OutdatedBase");
    expect(status).toMatchObject({ lifecycle: "proposed", waitingFor: ["OutdatedBase"] });
    expect(await messageOf(name)).toContain("this draft began from v1, and v2 was published since:");
    expect(await git("tag", "--list")).toBe("net/v1\nnet/v2");
    return { name, git };
  }

  it("the second waits; the wish to publish can be taken back", async () => {
    const { name, git } = await meet("back");
    const { status } = await packages
      .setLifecycle(name, "proposed", "bob")
      .then(() => packages.waitForReason(name, "Proposed"));
    expect(status?.waitingFor).toBeUndefined();
    await packages.setLifecycle(name, "draft");
    await packages.waitForReason(name, "Draft");
    await packages.save(name, { "b.yaml": "b: 3\n" });
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 3\n" });
  });

  it("an approver confirms the base, an editor may not; then nothing can be taken back any more", async () => {
    const { name, git } = await meet("confirm");
    await expect(packages.patch(name, confirm("v2"), "alice")).rejects.toThrow(`may not set the annotation ${CONFIRM}`);
    await packages.patch(name, confirm("v1"), "bob");
    const push = await holdNextPush(env.git, "confirm", "before");
    await packages.patch(name, confirm("v2"), "bob");
    await push.reached();
    expect((await packages.get(name)).status?.waitingFor).toBeUndefined();
    await expect(packages.setLifecycle(name, "proposed", "bob")).rejects.toThrow("it is being published");
    await push.release();
    expect((await packages.waitForReason(name, "Published")).status?.revision).toBe("v3");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 1\n", "net/b.yaml": "b: 2\n" });
  });

  it("approved at the same moment: one is published, the other waits", async () => {
    const git = await register("tie");
    const names = await Promise.all(
      ["one", "two"].map((workspace) => packages.createDraft(id("tie", workspace), { "a.yaml": `by: ${workspace}\n` })),
    );
    await Promise.all(names.map((name) => packages.propose(name)));
    await Promise.all(names.map((name) => packages.setLifecycle(name, "published", "bob")));
    const ended = await Promise.all(
      names.map((name) =>
        packages.waitFor(
          name,
          "is decided",
          ({ status }) => status?.lifecycle === "published" || status?.waitingFor?.[0] === "OutdatedBase",
        ),
      ),
    );
    expect(ended.map(({ status }) => status?.revision).sort()).toEqual(["v1", undefined]);
    expect(await git("tag", "--list")).toBe("net/v1");
    const winner = ended.findIndex(({ status }) => status?.revision === "v1");
    expect(await git.files("main")).toEqual({ "net/a.yaml": `by: ${["one", "two"][winner]}\n` });
  });
});

describe.concurrent("lifecycle: others on the packages' branch", () => {
  it("MainDiverged: what they did in the folder is not overwritten until an approver confirms that very state", async () => {
    const { name, git } = await arrange("diverged");
    const [theirs] = await pushExternally(env.git, "diverged", { files: { "net/a.yaml": "a: theirs\n" } });
    await packages.setLifecycle(name, "published", "bob");
    const { status } = await packages.waitForReason(name, "MainDiverged");
    expect(status?.waitingFor).toEqual(["MainDiverged"]);
    const first = await messageOf(name);
    expect(first).toContain(`the folder net on refs/heads/main was changed by Some Body (commit ${theirs}), and`);
    expect(first).toContain(`${CONFIRM}=${theirs} (an approver)`);
    expect(await git("rev-parse", "main")).toBe(theirs);

    // They go on: what is confirmed is not what is there any more.
    const [again = ""] = await pushExternally(env.git, "diverged", { files: { "net/a.yaml": "a: theirs again\n" } });
    await packages.patch(name, confirm(theirs ?? ""), "bob");
    await packages.waitFor(name, "waits for the other commit to be confirmed", ({ status }) =>
      (status?.conditions ?? []).some(({ reason, message }) => reason === "MainDiverged" && message.includes(again)),
    );
    await packages.patch(name, confirm(again), "bob");
    await packages.waitForReason(name, "Published");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 1\n", "net/b.yaml": "b: 2\n" });
    expect(await git("log", "--format=%an", "main")).toBe("bob\nSome Body\nSome Body\nbob\npkgserver");
  });

  it("beside another revision that came first: an approver confirms both", async () => {
    const { name, git } = await arrange("both");
    await packages.createPublished(id("both", "three"), { "a.yaml": "a: 3\n" });
    const [theirs = ""] = await pushExternally(env.git, "both", { files: { "net/a.yaml": "a: theirs\n" } });
    await packages.setLifecycle(name, "published", "bob");
    await packages.waitForReason(name, "OutdatedBase");
    await packages.patch(name, confirm("v2"), "bob");
    await packages.waitForReason(name, "MainDiverged");
    expect(await messageOf(name)).toContain(`${CONFIRM}=v2,${theirs} (an approver)`);
    await packages.patch(name, confirm(`v2,${theirs}`), "bob");
    await packages.waitForReason(name, "Published");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 1\n", "net/b.yaml": "b: 2\n" });
  });

  it("elsewhere on it: their commit is kept below ours, though nobody knew of it", async () => {
    const { name, git } = await arrange("elsewhere");
    const [theirs] = await pushExternally(env.git, "elsewhere", { files: { "docs/x.md": "theirs\n" } });
    await packages.publish(name);
    expect(await git("log", "-1", "--format=%P", "main")).toBe(theirs);
    expect(await git.files("main")).toEqual({
      "docs/x.md": "theirs\n",
      "net/a.yaml": "a: 1\n",
      "net/b.yaml": "b: 2\n",
    });
  });

  it("at the very moment of our push: nothing of it is applied, and all of it with the next", async () => {
    const { name, git } = await arrange("moment");
    const push = await holdNextPush(env.git, "moment", "before");
    await packages.setLifecycle(name, "published", "bob");
    await push.reached();
    const [theirs] = await pushExternally(env.git, "moment", { files: { "docs/x.md": "theirs\n" } });
    await push.release();
    await packages.waitForReason(name, "Published");
    expect(await git("log", "--format=%s", "main")).toBe("Publish net v2\nA change\nPublish net v1\nFirst commit");
    expect(await git("log", "-1", "--format=%P", "main")).toBe(theirs);
    expect(await git.refs()).toEqual(["tags/net/v1", "tags/net/v2"]);
  });

  it("a hook that refuses: nothing is applied, its words are in the condition, and it goes on when it may", async () => {
    const { name, git } = await arrange("hooked");
    const before = await git("for-each-ref");
    await env.git.setHooks("hooked", { preReceive: 'echo "change freeze until Monday" >&2\nexit 1\n' });
    await packages.setLifecycle(name, "published", "bob");
    const { status } = await packages.waitForReason(name, "PushRejected");
    expect(status?.lifecycle).toBe("proposed");
    expect(await messageOf(name)).toContain("change freeze until Monday");
    expect(await git("for-each-ref")).toBe(before);
    await env.git.setHooks("hooked", { preReceive: null });
    await packages.waitForReason(name, "Published");
  });

  it.each(["tag", "branch"] as const)("a %s that disappears is told, and nothing is made up for it", async (what) => {
    const { name, git } = await arrange(`lost-${what}`);
    const lost = what === "tag" ? "catalog.lost-tag.net.one" : name;
    const ref = what === "tag" ? "refs/tags/net/v1" : "refs/heads/net/two";
    await git("update-ref", "-d", ref);
    const before = await git("for-each-ref");
    await env.sync(`lost-${what}`);
    await packages.waitForReason(lost, what === "tag" ? "TagMissing" : "BranchMissing");
    expect(await messageOf(lost)).toContain(`the ${what} ${ref} was deleted on the remote`);
    expect(await git("for-each-ref")).toBe(before);
  });
});
