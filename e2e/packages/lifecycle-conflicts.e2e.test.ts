import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { needs } from "../testenv/needs.ts";
import type { PackageID, Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("conflicts");

const CONFIRM = "pkg.pkgserver.dev/confirm-base";
const CONFIRMED_BY = "pkg.pkgserver.dev/confirmed-by";
const confirm = (value: string, by?: string) => ({
  metadata: { annotations: { [CONFIRM]: value, ...(by !== undefined && { [CONFIRMED_BY]: by }) } },
});
const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });
const messageOf = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";

async function register(env: TestEnv, name: string, spec: object = {}): Promise<GitReader> {
  await env.git.createRepository(name);
  await env.register(name, { ...spec });
  return createGitReader(env.git, name);
}

/** A package with a published v1, and a proposal for its second revision that adds `b.yaml`. */
async function createProposal(
  { env, packages }: Fixtures,
  repository: string,
  spec: object = {},
): Promise<{ name: string; git: GitReader }> {
  const git = await register(env, repository, spec);
  await packages.createPublished(id(repository, "one"), { "a.yaml": "a: 1\n" });
  const name = await packages.createDraft(id(repository, "two"));
  await packages.save(name, { "b.yaml": "b: 2\n" });
  await packages.propose(name);
  return { name, git };
}

describe.concurrent("lifecycle: two drafts of one package", () => {
  /** Approves a proposal after another draft was published: it waits. */
  async function createOutdated(
    { env, packages }: Fixtures,
    repository: string,
    spec: object = {},
  ): Promise<{ name: string; git: GitReader }> {
    const { name, git } = await createProposal({ env, packages }, repository, spec);
    await packages.createPublished(id(repository, "three"), { "a.yaml": "a: 3\n" });
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "OutdatedBase");
    expect(status).toMatchObject({ lifecycle: "proposed", waitingFor: ["OutdatedBase"] });
    expect(await messageOf(packages, name)).toContain("this draft began from v1, and v2 was published since:");
    expect(await git("tag", "--list")).toBe("net/v1\nnet/v2");
    return { name, git };
  }

  it("the second one waits, and its approval can be taken back", async ({ env, packages }) => {
    const { name, git } = await createOutdated({ env, packages }, "back");
    await packages.takeBack(name, "proposed");
    const { status } = await packages.waitForReason(name, "Proposed");
    expect(status?.waitingFor).toBeUndefined();
    await packages.setLifecycle(name, "draft");
    await packages.waitForReason(name, "Draft");
    await packages.save(name, { "b.yaml": "b: 3\n" });
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 3\n" });
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "an approver, not an editor, confirms the base; then the approval cannot be taken back",
    ),
    async ({ env, packages }) => {
      const { name, git } = await createOutdated({ env, packages }, "confirm");
      await expect(packages.patch(name, confirm("v2"), "alice")).rejects.toThrow(
        `may not set the annotation ${CONFIRM}`,
      );
      await packages.patch(name, confirm("v1"), "bob");
      const push = await holdNextPush(env.git, "confirm", "before");
      await packages.patch(name, confirm("v2"), "bob");
      await push.reached();
      expect((await packages.get(name)).status?.waitingFor).toBeUndefined();
      await expect(packages.setLifecycle(name, "proposed", "bob")).rejects.toThrow("it is being published");
      await push.release();
      expect((await packages.waitForReason(name, "Published")).status?.revision).toBe("v3");
      expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 1\n", "net/b.yaml": "b: 2\n" });
    },
  );

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "an approver who changed the draft confirms no base under four eyes, another one does",
    ),
    async ({ env, packages }) => {
      const { name, git } = await createOutdated({ env, packages }, "eyes", { approval: { fourEyes: true } });
      await packages.setLifecycle(name, "draft");
      await packages.waitForReason(name, "Draft");
      await packages.save(name, { "b.yaml": "b: 3\n" }, "carol");
      await packages.propose(name);
      await packages.approve(name);
      await packages.waitForReason(name, "OutdatedBase");
      const confirmed = await packages.patch(name, confirm("v2"), "carol");
      expect(confirmed.metadata.annotations?.[CONFIRMED_BY]).toBe("carol");
      await packages.waitFor(name, "says that the confirmation does not count", ({ status }) =>
        (status?.conditions ?? []).some(({ message }) =>
          message.includes("since carol, who set it, proposed, edited or changed this package revision"),
        ),
      );
      await expect(packages.patch(name, confirm("v2", "bob"), "carol")).rejects.toThrow("leave it as it is");
      expect(await git("tag", "--list")).toBe("net/v1\nnet/v2");
      await packages.patch(name, confirm("v2", "bob"), "bob");
      expect((await packages.waitForReason(name, "Published")).status?.revision).toBe("v3");
    },
  );

  it("that are approved at once: one is published, the other waits", async ({ env, packages }) => {
    const git = await register(env, "tie");
    const names = await Promise.all(
      ["one", "two"].map((workspace) => packages.createDraft(id("tie", workspace), { "a.yaml": `by: ${workspace}\n` })),
    );
    await Promise.all(names.map((name) => packages.propose(name)));
    await Promise.all(names.map((name) => packages.approve(name)));
    const decided = await Promise.all(
      names.map((name) =>
        packages.waitFor(
          name,
          "is decided",
          ({ status }) => status?.lifecycle === "published" || status?.waitingFor?.[0] === "OutdatedBase",
        ),
      ),
    );
    expect(decided.map(({ status }) => status?.revision).sort()).toEqual(["v1", undefined]);
    expect(await git("tag", "--list")).toBe("net/v1");
    const winner = decided.findIndex(({ status }) => status?.revision === "v1");
    expect(await git.files("main")).toEqual({ "net/a.yaml": `by: ${["one", "two"][winner]}\n` });
  });
});

describe.concurrent("lifecycle: an external commit on main", () => {
  it("in the package's folder is not overwritten until an approver confirms that very commit (MainDiverged)", async ({
    env,
    packages,
  }) => {
    const { name, git } = await createProposal({ env, packages }, "diverged");
    const [external] = await pushExternally(env.git, "diverged", { files: { "net/a.yaml": "a: external\n" } });
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "MainDiverged");
    expect(status?.waitingFor).toEqual(["MainDiverged"]);
    const first = await messageOf(packages, name);
    expect(first).toContain(`the folder net on refs/heads/main was changed by External User (commit ${external}), and`);
    expect(first).toContain(`${CONFIRM}=${external} (as an approver)`);
    expect(await git("rev-parse", "main")).toBe(external);

    // A second external commit: the confirmed commit is no longer the current one.
    const [again = ""] = await pushExternally(env.git, "diverged", { files: { "net/a.yaml": "a: external again\n" } });
    await packages.patch(name, confirm(external ?? ""), "bob");
    await packages.waitFor(name, "waits for the other commit to be confirmed", ({ status }) =>
      (status?.conditions ?? []).some(({ reason, message }) => reason === "MainDiverged" && message.includes(again)),
    );
    await packages.patch(name, confirm(again), "bob");
    await packages.waitForReason(name, "Published");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 1\n", "net/b.yaml": "b: 2\n" });
    expect(await git("log", "--format=%an", "main")).toBe("bob\nExternal User\nExternal User\nbob\npkgserver");
  });

  it("and an outdated base: an approver confirms both", async ({ env, packages }) => {
    const { name, git } = await createProposal({ env, packages }, "both");
    await packages.createPublished(id("both", "three"), { "a.yaml": "a: 3\n" });
    const [external = ""] = await pushExternally(env.git, "both", { files: { "net/a.yaml": "a: external\n" } });
    await packages.approve(name);
    await packages.waitForReason(name, "OutdatedBase");
    await packages.patch(name, confirm("v2"), "bob");
    await packages.waitForReason(name, "MainDiverged");
    expect(await messageOf(packages, name)).toContain(`${CONFIRM}=v2,${external} (as an approver)`);
    await packages.patch(name, confirm(`v2,${external}`), "bob");
    await packages.waitForReason(name, "Published");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 1\n", "net/b.yaml": "b: 2\n" });
  });

  it("outside the package's folder becomes the parent of the publication, also where it was not fetched yet", async ({
    env,
    packages,
  }) => {
    const { name, git } = await createProposal({ env, packages }, "elsewhere");
    const [external] = await pushExternally(env.git, "elsewhere", { files: { "docs/x.md": "external\n" } });
    await packages.publish(name);
    expect(await git("log", "-1", "--format=%P", "main")).toBe(external);
    expect(await git.files("main")).toEqual({
      "docs/x.md": "external\n",
      "net/a.yaml": "a: 1\n",
      "net/b.yaml": "b: 2\n",
    });
  });

  it("during the push rejects all its refs, and the next push applies all of them", async ({ env, packages }) => {
    const { name, git } = await createProposal({ env, packages }, "moment");
    const push = await holdNextPush(env.git, "moment", "before");
    await packages.approve(name);
    await push.reached();
    const [external] = await pushExternally(env.git, "moment", { files: { "docs/x.md": "external\n" } });
    await push.release();
    await packages.waitForReason(name, "Published");
    expect(await git("log", "--format=%s", "main")).toBe("Publish net v2\nA change\nPublish net v1\nFirst commit");
    expect(await git("log", "-1", "--format=%P", "main")).toBe(external);
    expect(await git.refs()).toEqual(["tags/net/v1", "tags/net/v2"]);
  });

  it("and a hook that rejects the push: no ref changes, the condition has its message, a later try succeeds", async ({
    env,
    packages,
  }) => {
    const { name, git } = await createProposal({ env, packages }, "hooked");
    const before = await git("for-each-ref");
    await env.git.setHooks("hooked", { preReceive: 'echo "change freeze until Monday" >&2\nexit 1\n' });
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "PushRejected");
    expect(status?.lifecycle).toBe("proposed");
    expect(await messageOf(packages, name)).toContain("change freeze until Monday");
    expect(await git("for-each-ref")).toBe(before);
    await env.git.setHooks("hooked", { preReceive: null });
    await packages.waitForReason(name, "Published");
  });

  it.for(["tag", "branch"] as const)(
    "or a deleted %s: the condition reports it, and the operator does not recreate it",
    async (what, { env, packages }) => {
      const { name, git } = await createProposal({ env, packages }, `lost-${what}`);
      const lost = what === "tag" ? "catalog.lost-tag.net.one" : name;
      const ref = what === "tag" ? "refs/tags/net/v1" : "refs/heads/net/two";
      await git("update-ref", "-d", ref);
      const before = await git("for-each-ref");
      await env.sync(`lost-${what}`);
      await packages.waitForReason(lost, what === "tag" ? "TagMissing" : "BranchMissing");
      expect(await messageOf(packages, lost)).toContain(`the ${what} ${ref} was deleted on the remote`);
      expect(await git("for-each-ref")).toBe(before);
    },
  );
});
