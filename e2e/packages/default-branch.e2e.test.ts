import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("head");

/** As hosts do: the first branch that is pushed becomes the default one, which nobody may delete. */
const FIRST_BRANCH_IS_DEFAULT = `git rev-parse --quiet --verify HEAD >/dev/null && exit 0
while read -r _ _ ref; do
  case "$ref" in refs/heads/*) git symbolic-ref HEAD "$ref"; exit 0;; esac
done
`;

async function registerEmpty(
  env: TestEnv,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<GitReader> {
  await env.git.createRepository(name, { empty: true });
  await env.git.git(name, "config", "receive.denyDeleteCurrent", "refuse");
  await env.git.setHooks(name, { postReceive: FIRST_BRANCH_IS_DEFAULT });
  await env.register(name, spec);
  return createGitReader(env.git, name);
}

describe.concurrent("an empty repository on a host that makes the first pushed branch its default", () => {
  it("gets main before the first draft, so that drafts are published and deleted", async ({ env, packages }) => {
    const git = await registerEmpty(env, "first");
    const ids = ["one", "two", "three"].map((name) => ({ repository: "first", package: name, workspace: "ws" }));
    const [one = "", two = "", three = ""] = await Promise.all(
      ids.map((id) => packages.createDraft(id, { "a.yaml": "a: 1\n" })),
    );
    expect(await git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(await git("log", "--format=%an %cn: %s", "main")).toBe("pkgserver pkgserver: Start main");
    expect(await git("ls-tree", "main")).toBe("");
    expect((await env.repository("first")).status?.conditions?.[0]?.reason).toBe("Synced");

    await packages.publish(one);
    await packages.publish(two);
    await packages.delete(three);
    await packages.waitUntilGone(three);

    expect(await git.refs()).toEqual([
      "tags/one/v1",
      expect.stringMatching(/^tags\/three\/deleted-ws-/),
      "tags/two/v1",
    ]);
    expect(await git.files("main")).toEqual({ "one/a.yaml": "a: 1\n", "two/a.yaml": "a: 1\n" });
  });

  it("gets main also where only tags are published", async ({ env, packages }) => {
    const git = await registerEmpty(env, "tag-only", { publish: "tagOnly" });
    const id = { repository: "tag-only", package: "net", workspace: "ws" };
    await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    expect(await git.refs()).toEqual(["tags/net/v1"]);
    expect(await git("ls-tree", "main")).toBe("");
    expect((await env.sync("tag-only")).status?.conditions?.[0]?.reason).toBe("Synced");
  });

  it("starts drafts though main is refused", async ({ env, packages }) => {
    const git = await registerEmpty(env, "guarded");
    const preReceive =
      'while read -r _ _ ref; do [ "$ref" != refs/heads/main ] || { echo "main is protected" >&2; exit 1; }; done\n';
    await env.git.setHooks("guarded", { preReceive });
    const id = { repository: "guarded", package: "net", workspace: "ws" };
    const name = await packages.createDraft(id, { "a.yaml": "a: 1\n" });
    expect(await git.refs()).toEqual(["heads/net/ws"]);
    await packages.propose(name);
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "PushRejected");
    expect(status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain("main is protected");
    await env.git.setHooks("guarded", { preReceive: null });
    // The branch became the default one meanwhile.
    await env.git.git("guarded", "symbolic-ref", "HEAD", "refs/heads/main");
    await env.sync("guarded");
    await packages.waitForReason(name, "Published");
  });
});

describe("a draft whose branch is the remote's default branch", () => {
  it("is not published, gets main to be the default branch instead, and says so", async ({ env, packages }) => {
    const git = await registerEmpty(env, "taken");
    const files = { "net/Kptfile": "", "net/a.yaml": "a: 1\n" };
    await pushExternally(env.git, "taken", { branch: "net/ws", files });
    await env.git.git("taken", "symbolic-ref", "HEAD", "refs/heads/net/ws");
    await env.sync("taken");
    const name = "catalog.taken.net.ws";
    await packages.waitForReason(name, "Draft");
    await packages.propose(name);
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "PushRejected");
    expect(status?.lifecycle).toBe("proposed");
    expect(status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain(
      "the draft's branch is the remote's default branch, which cannot be deleted: make the branch of spec.git.ref its",
    );
    expect(await git.refs()).toEqual(["heads/net/ws"]);
    expect(await git("log", "--format=%s", "main")).toBe("Start main");

    await env.git.git("taken", "symbolic-ref", "HEAD", "refs/heads/main");
    await env.sync("taken");
    await packages.waitForReason(name, "Published");
    expect(await git.refs()).toEqual(["tags/net/v1"]);
    expect(await git.files("main")).toEqual(files);
  });
});
