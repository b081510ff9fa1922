import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, nameOf, type Packages } from "../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

/** Two clusters, as far as their operators know. */
let here: TestEnv;
let there: TestEnv;
let ours: Packages;
let theirs: Packages;
let git: GitReader;

beforeAll(async () => {
  here = await startTestEnv("here");
  there = await startTestEnv("there");
  ours = await createPackages(here);
  theirs = await createPackages(there);
  await here.git.createRepository("both");
  const stringData = { username: "pkgserver", password: here.password };
  there.registerSecret(here.password);
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "git-here" }, type: "kubernetes.io/basic-auth" };
  await there.as("admin").applyYaml(JSON.stringify({ ...secret, stringData }));
  await here.register("both");
  await there.register("both", {}, { url: here.git.url("both"), credentials: "git-here" });
  git = createGitReader(here.git, "both");
});

afterAll(async () => {
  await there?.end();
  await here?.end();
});

const id = (workspace: string) => ({ repository: "both", package: "net", workspace });
const head = async (name: string) => (await git("rev-parse", `refs/heads/net/${name}`)).trim();

/** Commits that record nothing but labels and the like. */
const updates = async () =>
  (await git("log", "--format=%s", "net/one")).split("\n").filter((subject) => subject.startsWith("Update")).length;

/** Syncs both, twice, and waits each time until both show the branch's head; returns that. */
async function meet(workspace: string): Promise<string> {
  const name = nameOf(id(workspace));
  let commit = "";
  for (let turn = 0; turn < 2; turn++) {
    for (const env of [here, there]) await env.sync("both");
    await waitUntil(`both show the head of ${workspace}`, async () => {
      commit = await head(workspace);
      const shown = await Promise.all(
        [ours, theirs].map(async (packages) => (await packages.get(name)).status?.commit),
      );
      return shown.every((one) => one === commit);
    });
  }
  return commit;
}

describe("one remote in two clusters", () => {
  it("has drafts in both; what is said of them in one is recorded once, and not replaced by the other", async () => {
    const name = await ours.createDraft(id("one"), { "a.yaml": "a: 1\n" });
    await there.sync("both");
    await theirs.waitForReason(name, "Draft");
    await ours.patch(name, { metadata: { labels: { team: "web" } } });
    await waitUntil("the label is in Git", async () => (await updates()) === 1);
    const before = await meet("one");
    expect(await meet("one")).toBe(before);
    expect(await updates()).toBe(1);
    expect((await theirs.get(name)).metadata.labels).toBeUndefined();
    // Changed there, it is recorded too, and once.
    await theirs.patch(name, { metadata: { labels: { team: "store" } } });
    await waitUntil("the other label is in Git", async () => (await updates()) === 2);
    const after = await meet("one");
    expect(await meet("one")).toBe(after);
    expect(await updates()).toBe(2);
    expect((await ours.get(name)).metadata.labels).toEqual({ team: "web" });
  });

  it("lets a proposal of one stand in the other, where it is a draft as before, until it is published for both", async () => {
    const name = await ours.createDraft(id("two"), { "a.yaml": "a: 2\n" });
    await there.sync("both");
    await theirs.waitForReason(name, "Draft");
    await ours.propose(name);
    const proposed = await meet("two");
    expect(await meet("two")).toBe(proposed);
    expect((await ours.get(name)).status?.lifecycle).toBe("proposed");
    const { status } = await theirs.get(name);
    expect(status).toMatchObject({ lifecycle: "draft", commit: proposed });
    expect(status?.conditions?.[0]?.message).toContain("its commit is a proposal that was not made here");
    await ours.publish(name);
    await there.sync("both");
    expect((await theirs.waitForReason(name, "Published")).status).toMatchObject({
      revision: "v1",
      publishedBy: "bob",
    });
  });
});
