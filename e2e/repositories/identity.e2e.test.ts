import { describe, expect } from "vitest";
import { foldLabel, objectName } from "../../src/core/identity/names.ts";
import { renderCommitMessage } from "../../src/core/revision/commit-trailers.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("identity");

async function register(
  env: Fixtures["env"],
  repository: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await env.git.createRepository(repository, { seed: { "README.md": "all\n" } });
  await env.register(repository, spec);
}

async function skippedOf(
  env: Fixtures["env"],
  repository: string,
): Promise<readonly { ref: string; reason: string }[]> {
  return (await env.repository(repository)).status?.skipped ?? [];
}

describe("identity: a folder in Git that is no DNS label", () => {
  it.for([
    ["My_App", "odd-app", {}],
    ["cert-manager-1.14", "odd-dots", {}],
    ["Edge_1/core/AMF", "odd-path", { deployment: true }],
  ] as const)(
    "%s gets a further revision under its folded name",
    async ([path, repository, spec], { env, packages }) => {
      const parts = path.split("/");
      const id = {
        repository,
        package: parts.at(-1) ?? "",
        ...(parts.length > 1 && { target: parts[0] ?? "", realm: parts.slice(1, -1).join("/") }),
      };
      await env.git.createRepository(repository, { seed: { [`${path}/a.yaml`]: "a: 1\n" } });
      await env.git.git(repository, "tag", `${path}/v1`, "main");
      await env.register(repository, spec);
      const first = objectName(repository, id, "v1");
      await env.waitForReason(first, "Published");
      const name = objectName(repository, id, "next");
      const next = { ...id, workspace: "next" };
      await packages.create(next, { metadata: { name } });
      await env.waitForReason(name, "Draft");
      await packages.save(name, { "a.yaml": "a: 2\n" });
      const { status } = await packages.publish(name);
      expect(status?.revision).toBe("v2");
      const git = createGitReader(env.git, repository);
      expect(await git.files("main")).toMatchObject({ [`${path}/a.yaml`]: "a: 2\n" });
      expect(await git.refs()).toContain(`tags/${path}/v2`);

      // Of the ID that the other object has: it must not write to the branch, nor delete anything.
      const wrong = name.replace(/[0-9a-f]{20}/, "0".repeat(20));
      await packages.create(next, { metadata: { name: wrong } });
      const refused = await env.waitForReason(wrong, "InvalidName");
      expect(refused.status?.conditions?.[0]?.message).toContain(`metadata.name must be ${name}`);
      await packages.request("alice", "delete", `packagerevisions/${wrong}`);
      await packages.waitUntilGone(wrong);
      const unknown = objectName(repository, { ...id, package: "New_One" }, "next");
      await packages.create({ ...next, package: "New_One" }, { metadata: { name: unknown } });
      await env.waitForReason(unknown, "InvalidName");
      await packages.delete(unknown);
    },
  );
});

describe("identity: two package revisions whose objects would have one name", () => {
  it("never meet in one object, whichever came first", async ({ env, packages }) => {
    await register(env, "folded");
    const git = createGitReader(env.git, "folded");
    const folded = foldLabel("a.b");
    const mine = await packages.createDraft(
      { repository: "folded", package: folded, workspace: "ws" },
      { "mine.yaml": "mine: 1\n" },
    );
    expect(mine).toBe(objectName("folded", { package: "a.b" }, "ws"));
    await pushExternally(env.git, "folded", {
      branch: "a.b/ws",
      files: { "a.b/Kptfile": "", "a.b/theirs.yaml": "x: 1\n" },
    });
    const theirs = (await git("rev-parse", "a.b/ws")).trim();
    await env.sync("folded");
    await waitUntil("the conflict is reported", async () => await skippedOf(env, "folded"), {
      until: (all) => all.some(({ ref, reason }) => ref === "refs/heads/a.b/ws" && reason === "NameConflict"),
    });
    await packages.save(mine, { "more.yaml": "more: 1\n" });
    await packages.publish(mine);
    expect(await git.files(`${folded}/v1`)).toEqual({
      "README.md": "all\n",
      [`${folded}/mine.yaml`]: "mine: 1\n",
      [`${folded}/more.yaml`]: "more: 1\n",
    });
    expect((await git("rev-parse", "a.b/ws")).trim()).toBe(theirs);

    // The other way round: the pushed branch has the object, and keeps its files.
    const other = foldLabel("c.d");
    await pushExternally(env.git, "folded", {
      branch: "c.d/ws",
      files: { "c.d/Kptfile": "", "c.d/theirs.yaml": "x: 1\n" },
    });
    await pushExternally(env.git, "folded", { branch: `${other}/ws`, files: { [`${other}/Kptfile`]: "" } });
    await env.sync("folded");
    const shown = objectName("folded", { package: "c.d" }, "ws");
    const object = await packages.waitForReason(shown, "Draft");
    const ref = `refs/heads/${object.spec.packageRevID.package === "c.d" ? other : "c.d"}/ws`;
    await waitUntil("the other one is reported", async () => await skippedOf(env, "folded"), {
      until: (all) => all.some((one) => one.ref === ref && one.reason === "NameConflict"),
    });
    const { resources } = (await packages.contents(shown)).spec;
    expect(Object.keys(resources ?? {})).toEqual(
      object.spec.packageRevID.package === "c.d" ? ["Kptfile", "theirs.yaml"] : ["Kptfile"],
    );
  });

  it("does not show a draft of a target to an object without one", async ({ env, packages }) => {
    await register(env, "targets", { deployment: true });
    const id = { repository: "targets", package: "web", workspace: "one" };
    const draft = await packages.createDraft({ ...id, target: "edge1" }, { "a.yaml": "a: 1\n" });
    const git = createGitReader(env.git, "targets");
    const head = await git("rev-parse", "edge1/web/one");
    const second = await packages.create({ ...id, realm: "edge1" });
    await packages.waitForReason(second, "TargetRequired");
    await packages.delete(second);
    await packages.waitUntilGone(second);
    expect(await git("rev-parse", "edge1/web/one")).toBe(head);
    expect((await packages.get(draft)).status?.lifecycle).toBe("draft");
  });
});

describe("identity: a pushed tag that names the workspace of an open draft", () => {
  it("gets an object of its own; the draft keeps its object and its branch", async ({ env, packages }) => {
    await register(env, "claimed");
    const id = { repository: "claimed", package: "web", workspace: "one" };
    const draft = await packages.createDraft(id, { "a.yaml": "a: 1\n" });
    const message = renderCommitMessage("Publish web v1", {
      path: "web",
      workspace: "one",
      // Not `published`: the checker of the invariants would take the tag for one of ours, without a digest.
      lifecycle: "draft",
      metadata: {},
    });
    await pushExternally(env.git, "claimed", {
      files: { "web/evil.yaml": "evil: 1\n" },
      annotated: ["web/v1"],
      message,
    });
    await env.sync("claimed");
    const tag = await packages.waitForReason("catalog.claimed.web.v1", "Published");
    expect(tag.spec.packageRevID).toMatchObject({ workspace: "v1", revision: "v1" });
    await packages.save(draft, { "b.yaml": "b: 1\n" });
    const after = await packages.get(draft);
    expect([after.status?.lifecycle, after.status?.revision]).toEqual(["draft", undefined]);
    const git = createGitReader(env.git, "claimed");
    expect(await git.files("web/one", "web")).toEqual({ "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" });
  });
});

describe("a colleague's branch that is no package", () => {
  it("is nobody's draft until a package revision takes it, and stays when that is deleted", async ({
    env,
    packages,
  }) => {
    await register(env, "colleague");
    const git = createGitReader(env.git, "colleague");
    const [theirs = ""] = await pushExternally(env.git, "colleague", {
      branch: "docs/fix-typo",
      from: "refs/heads/main",
      files: { "docs/guide.md": "fixed\n" },
    });
    await env.sync("colleague");
    const [skipped] = (await env.repository("colleague")).status?.skipped ?? [];
    expect(skipped).toMatchObject({ ref: "refs/heads/docs/fix-typo", reason: "NotADraft" });
    expect(skipped?.message).toContain('{"package":"docs","workspace":"fix-typo"}');

    const name = await packages.createDraft({ repository: "colleague", package: "docs", workspace: "fix-typo" });
    expect((await packages.contents(name)).spec.resources).toEqual({ "guide.md": "fixed\n" });
    // A commit on top records that it is a draft now, so that another cluster knows it as one.
    await waitUntil("the branch records it", async () => await git("log", "-1", "--format=%s", "docs/fix-typo"), {
      until: (subject) => subject === "Take docs (fix-typo)",
    });
    const head = await git("rev-parse", "docs/fix-typo");
    expect(await git("rev-parse", "docs/fix-typo^")).toBe(theirs);
    const { uid } = await packages
      .waitFor(name, "shows it", ({ status }) => status?.commit === head)
      .then((one) => one.metadata);
    await packages.delete(name);
    await packages.waitFor(
      name,
      "is shown again",
      (one) => one.metadata.uid !== uid && one.status?.lifecycle === "draft",
    );
    expect(await git("rev-parse", "docs/fix-typo")).toBe(head);
  });
});
