import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import type { TestEnv } from "../testenv/testenv.ts";
import { register, registerAgain, tryToApprove } from "./four-eyes.ts";

const KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: web\n";
const FILES = { "web/a.yaml": "a: 1\n" };
const LOCK = { revision: "v7", commit: "1".repeat(40), digest: `sha256:${"2".repeat(64)}` };

/** A message as the operator writes it: anybody who may push can. */
function forge(workspace: string, trailers: Readonly<Record<string, string>>, metadata: object = {}): string {
  const all = { "Package-Path": "web", "Package-Workspace": workspace, ...trailers };
  const lines = Object.entries({ ...all, "Package-Metadata": JSON.stringify(metadata) });
  return `Publish web\n\n${lines.map(([key, value]) => `${key}: ${value}`).join("\n")}\n`;
}

const it = testWithEnv("forge");

/** The rows of `kubectl get`, by the names of its columns. A text starts below the name of its column. */
function readTable(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = "", ...rows] = text.trimEnd().split("\n");
  const columns = [...header.matchAll(/\S+/g)].map(({ 0: name, index }) => ({ name, index }));
  const cells = (row: string) =>
    columns.map(({ name, index }, at) => [name, row.slice(index, columns[at + 1]?.index).trim()] as const);
  return rows.map((row) => Object.fromEntries(cells(row)));
}

describe("a user who may push, and nothing else", () => {
  it("cannot propose in another name: a pushed branch that claims to be a proposal is a draft", async ({
    env,
    packages,
  }) => {
    await register(env, "claim");
    const message = forge("one", { "Package-Lifecycle": "proposed", "Proposed-By": "alice" });
    const files = { ...FILES, "web/Kptfile": KPTFILE };
    await pushExternally(env.git, "claim", { branch: "web/one", from: "refs/heads/main^0", files, message });
    await env.sync("claim");
    const name = "catalog.claim.web.one";
    const { spec, status } = await packages.waitForReason(name, "Draft");
    expect(spec.lifecycle).toBe("draft");
    expect(status).toMatchObject({ lifecycle: "draft", provenance: "External" });
    expect(status?.proposal).toBeUndefined();
    await expect(packages.approve(name)).rejects.toThrow();
    expect(await createGitReader(env.git, "claim").refs()).toEqual(["heads/web/one"]);
  });

  it("cannot approve in another name, nor say where a package comes from: the tag is External", async ({
    env,
    packages,
  }) => {
    await register(env, "tag");
    const trailers = { "Package-Lifecycle": "published", "Package-Revision": "v1", "Approved-By": "bob" };
    const metadata = {
      labels: { team: "forged" },
      upstreamLock: LOCK,
      spec: { upstream: { repository: "tag", package: "x" } },
    };
    const message = forge("one", trailers, metadata);
    await pushExternally(env.git, "tag", { files: FILES, annotated: ["web/v1"], message });
    await env.sync("tag");
    const object = await packages.waitForReason("catalog.tag.web.v1", "Published");
    expect(object.status).toMatchObject({ revision: "v1", provenance: "External" });
    for (const field of ["publishedBy", "upstreamLock"]) expect(object.status).not.toHaveProperty(field);
    expect(object.spec.upstream).toBeUndefined();
    expect(object.metadata.labels).not.toHaveProperty("team");
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "cannot take over the object of an open draft with a tag that names its workspace",
    ),
    async ({ env, packages }) => {
      await register(env, "take");
      const id = { repository: "take", package: "web", workspace: "one" };
      const draft = await packages.createDraft(id, { "a.yaml": "mine\n" });
      const message = forge("one", {
        "Package-Lifecycle": "published",
        "Package-Revision": "v1",
        "Approved-By": "bob",
      });
      await pushExternally(env.git, "take", { files: FILES, annotated: ["web/v1"], message });
      await env.sync("take");
      await packages.waitForReason("catalog.take.web.v1", "Published");
      await packages.save(draft, { "a.yaml": "still mine\n" });
      const { status } = await packages.get(draft);
      expect(status).toMatchObject({ lifecycle: "draft", provenance: "Operator" });
      expect((await packages.contents(draft)).spec.resources).toEqual({ "a.yaml": "still mine\n" });
    },
  );

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "cannot take it over with a tag that was published from that workspace before, and deleted",
    ),
    async ({ env, packages }) => {
      await register(env, "replay");
      const id = { repository: "replay", package: "web", workspace: "one" };
      const { metadata } = await packages.createPublished(id, { "a.yaml": "old\n" });
      const git = createGitReader(env.git, "replay");
      const old = await git("rev-parse", "refs/tags/web/v1");
      await packages.setLifecycle(metadata.name, "deletionProposed");
      await packages.waitForReason(metadata.name, "DeletionProposed");
      await packages.delete(metadata.name, "bob");
      await waitUntil("the tag is a tombstone", async () => await git.refs(), {
        until: (refs) => refs.join() === "tags/web/deleted-v1",
      });
      await packages.waitUntilGone(metadata.name);
      const draft = await packages.createDraft(id, { "a.yaml": "mine\n" });
      const head = await git("rev-parse", "refs/heads/web/one");
      await git("update-ref", "refs/tags/web/v1", old);
      await git("update-ref", "-d", "refs/heads/web/one");
      await env.sync("replay");
      const { status } = await packages.waitForReason(draft, "BranchMissing");
      expect(status).toMatchObject({ lifecycle: "draft", commit: head });
      expect((await packages.contents(draft)).spec.resources).toEqual({ "a.yaml": "mine\n" });
      await git("update-ref", "-d", "refs/tags/web/v1");
      await git("update-ref", "refs/heads/web/one", head);
      await env.sync("replay");
      await packages.waitForReason(draft, "Draft");
    },
  );

  it(
    ...needs("MutatingAdmissionPolicy", "cannot use a tag of the operator under another name"),
    async ({ env, packages }) => {
      await register(env, "again");
      const id = { repository: "again", package: "web", workspace: "one" };
      await packages.createPublished(id, { "a.yaml": "a: 1\n" });
      await env.git.git("again", "update-ref", "refs/tags/web/v2", "refs/tags/web/v1");
      await env.sync("again");
      const { status } = await packages.waitForReason("catalog.again.web.v2", "Published");
      expect(status).toMatchObject({ revision: "v2", provenance: "External" });
      expect(status).not.toHaveProperty("publishedBy");
      const { status: first } = await packages.get("catalog.again.web.one");
      expect(first).toMatchObject({ revision: "v1", provenance: "Operator", publishedBy: "bob" });
      const columns = async (...args: readonly string[]) =>
        readTable(await env.as("dave")("get", "pkgrev", ...args, "catalog.again.web.one", "catalog.again.web.v2"));
      expect((await columns("-o", "wide")).map((row) => [row.NAME, row.PROVENANCE, row["PUBLISHED-BY"]])).toEqual([
        ["catalog.again.web.one", "Operator", "bob"],
        ["catalog.again.web.v2", "External", ""],
      ]);
      for (const row of await columns()) expect(row).not.toHaveProperty("PROVENANCE");
    },
  );
});

describe("a user with a Repository of their own, and the right to push", () => {
  const ID = { package: "web", workspace: "one" };
  /** Copies refs of a repository into another one. */
  const push = async ({ git }: TestEnv, from: string, to: string, ...refs: readonly string[]) =>
    await git.git(to, "fetch", git.path(from), ...refs.map((ref) => `+${ref}:${ref}`));

  it("cannot bring an approval of rules without four eyes to where they are required", async ({ env, packages }) => {
    await register(env, "strict");
    await env.git.createRepository("lax", { seed: { "readme.md": "all\n" } });
    await env.register("lax");
    const draft = await packages.createDraft({ repository: "lax", ...ID });
    await packages.save(draft, { "a.yaml": "evil\n" }, "carol");
    await packages.propose(draft, "carol");
    await packages.approve(draft, "carol");
    expect((await packages.waitForReason(draft, "Published")).status).toMatchObject({ publishedBy: "carol" });
    await push(env, "lax", "strict", "refs/tags/web/v1");
    await env.sync("strict");
    const { status } = await packages.waitForReason("catalog.strict.web.v1", "Published");
    expect(status).toMatchObject({ revision: "v1", provenance: "External" });
    for (const field of ["publishedBy", "upstreamLock"]) expect(status).not.toHaveProperty(field);
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "cannot bring a proposal there: it is a draft, and who edited it does not approve it",
    ),
    async ({ env, packages }) => {
      await register(env, "careful");
      await env.git.createRepository("easy", { seed: { "readme.md": "all\n" } });
      await env.register("easy");
      const proposed = await packages.createDraft({ repository: "easy", ...ID });
      await packages.save(proposed, { "a.yaml": "carol's\n" }, "carol");
      await packages.propose(proposed, "alice");
      await push(env, "easy", "careful", "refs/heads/web/one");
      await env.sync("careful");
      const name = "catalog.careful.web.one";
      const { spec, status } = await packages.waitForReason(name, "Draft");
      expect([spec.lifecycle, status?.lifecycle, status?.provenance]).toEqual(["draft", "draft", "External"]);
      expect(status?.proposal).toBeUndefined();
      await tryToApprove(packages, name);
    },
  );

  it("cannot have it verified there before the Repository trusts theirs", async ({ env, packages }) => {
    await env.git.createRepository("verified", { seed: { "readme.md": "all\n" } });
    await env.register("verified", { verification: { mode: "Tag" } });
    await env.git.createRepository("open", { seed: { "readme.md": "all\n" } });
    await env.register("open");
    await packages.createPublished({ repository: "open", ...ID }, { "a.yaml": "a: 1\n" });
    await push(env, "open", "verified", "refs/tags/web/v1");
    await env.sync("verified");
    const { status } = await env.repository("verified");
    expect(status?.revisions).toBe(0);
    expect(status?.skipped?.[0]).toMatchObject({ ref: "refs/tags/web/v1", reason: "NotVerified" });
    expect(status?.skipped?.[0]?.message).toContain(`name ${env.namespace}/open in spec.trustedRepositories`);
    const patch = JSON.stringify({ spec: { trustedRepositories: [`${env.namespace}/open`] } });
    await env.as("admin")("patch", "pkgrepo", "verified", "--type=merge", "--patch", patch);
    const trusted = await packages.waitForReason("catalog.verified.web.one", "Published");
    expect(trusted.status).toMatchObject({ provenance: "Operator", publishedBy: "bob" });
  });
});

describe("a user who may push a tag below a published package", () => {
  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "does not change which files belong to it, not even for an operator that has lost everything",
    ),
    async ({ env, packages }) => {
      await register(env, "below");
      const files = { "a.yaml": "a: 1\n", "sub/b.yaml": "b: 1\n" };
      const { metadata, status } = await packages.createPublished(
        { repository: "below", package: "web", workspace: "one" },
        files,
      );
      const { name } = metadata;
      await env.git.git("below", "tag", "web/sub/v1", "refs/tags/web/v1");
      await env.sync("below");
      await packages.waitForReason("catalog.below.web.sub.v1", "Published");
      await registerAgain(env, packages, "below");
      const again = await packages.waitForReason(name, "Published");
      expect(again.status?.contentDigest).toBe(status?.contentDigest);
      expect((await packages.contents(name)).spec.resources).toEqual(files);
    },
  );
});
