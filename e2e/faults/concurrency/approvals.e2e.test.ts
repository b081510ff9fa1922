import { describe, expect } from "vitest";
import { testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import type { Packages } from "../../testenv/packages.ts";
import type { TestEnv } from "../../testenv/testenv.ts";

const MANY = 16;

const it = testWithEnv("approvals");

async function register(env: TestEnv, name: string): Promise<GitReader> {
  await env.git.createRepository(name);
  await env.register(name);
  return createGitReader(env.git, name);
}

async function propose(packages: Packages, repository: string, name: string): Promise<string> {
  const draft = await packages.createDraft(
    { repository, package: name, workspace: "one" },
    { "a.yaml": `a: ${name}\n` },
  );
  await packages.propose(draft);
  return draft;
}

const messageOf = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";

describe.concurrent("concurrent approvals", () => {
  it(`of ${MANY} packages in one repository publish each once, and keep main linear`, async ({ env, packages }) => {
    const git = await register(env, "many");
    const names = Array.from({ length: MANY }, (_, index) => `pkg-${index}`);
    const drafts = await Promise.all(names.map((name) => propose(packages, "many", name)));
    await Promise.all(drafts.map((draft) => packages.approve(draft)));
    await Promise.all(drafts.map((draft) => packages.waitForReason(draft, "Published")));
    expect([...(await git.refs())].sort()).toEqual(names.map((name) => `tags/${name}/v1`).sort());
    expect(await git("rev-list", "--merges", "main")).toBe("");
    expect(await git.count("main")).toBe(MANY + 1);
    const files = await git.files("main");
    expect(files).toEqual(Object.fromEntries(names.map((name) => [`${name}/a.yaml`, `a: ${name}\n`])));
  });

  it(`of one package, ${MANY} in number, publish it once, by the approver whose approval is stored`, async ({
    env,
    packages,
    requestAs,
  }) => {
    const git = await register(env, "one");
    const draft = await propose(packages, "one", "wanted");
    const { digest } = (await packages.get(draft)).status?.proposal ?? {};
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions/${draft}`;
    const answers = await Promise.all(
      Array.from({ length: MANY }, async (_, index) => {
        const user = index % 2 === 0 ? "bob" : "carol";
        const spec = { lifecycle: "published", approval: { digest, by: user } };
        return { user, ...(await requestAs(user, "merge", path, { spec })) };
      }),
    );
    const object = await packages.waitForReason(draft, "Published");
    const winner = object.status?.publishedBy;
    // The same approval again changes nothing. A different one is refused.
    for (const { user, code, body } of answers) {
      if (user === winner) expect(code).toBe(200);
      else expect([code, body.message]).toEqual([422, expect.stringContaining("spec.approval is set by approving")]);
    }
    expect(object.spec.approval).toEqual({ digest, by: winner });
    expect(await git.refs()).toEqual(["tags/wanted/v1"]);
    expect(await git.trailers("wanted/v1")).toMatchObject({ "Approved-By": winner, "Proposal-Digest": digest });
    expect(await git.count("main")).toBe(2);
  });

  it("in one push of which a ref is rejected publish the others, and that one once the hook accepts it", async ({
    env,
    packages,
  }) => {
    const git = await register(env, "batch");
    const names = Array.from({ length: 8 }, (_, index) => `pkg-${index}`);
    const drafts = await Promise.all([...names, "bad"].map((name) => propose(packages, "batch", name)));
    const bad = drafts.at(-1) ?? "";
    // The hook rejects one tag, and with it the whole push: the operator must push the others without it.
    const preReceive = `case "$(cat)" in *refs/tags/bad/*) echo "bad is not welcome here" >&2; exit 1;; esac\n`;
    await env.git.setHooks("batch", { preReceive });
    await Promise.all(drafts.map((draft) => packages.approve(draft)));
    await Promise.all(drafts.slice(0, -1).map((draft) => packages.waitForReason(draft, "Published")));
    await packages.waitForReason(bad, "PushRejected");
    expect(await messageOf(packages, bad)).toContain("bad is not welcome here");
    expect((await packages.get(bad)).status?.lifecycle).toBe("proposed");
    expect([...(await git.refs())].sort()).toEqual(["heads/bad/one", ...names.map((name) => `tags/${name}/v1`)].sort());
    await env.git.setHooks("batch", { preReceive: null });
    await packages.waitForReason(bad, "Published");
    expect(await git.count("main")).toBe(names.length + 2);
  });
});
