import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const USER = ["-c", "user.name=eve", "-c", "user.email=eve@example.com"];
const FILES = { "web/a.yaml": "a: 1\n" };

/** ann's and eve's keys, made by ssh-keygen; they sign tags and commits with real git. */
const it = testWithEnv("verify").extend("signers", { scope: "file" }, async ({ env }, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-verification-"));
  onCleanup(async () => await rm(dir, { recursive: true }));
  const generate = async (name: string) => {
    const file = join(dir, name);
    await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
    const user = ["-c", `user.name=${name}`, "-c", `user.email=${name}@example.com`];
    const config = [...user, "-c", "gpg.format=ssh", "-c", `user.signingkey=${file}`];
    return {
      line: await readFile(`${file}.pub`, "utf8"),
      tag: async (repository: string, tag: string) =>
        await env.git.git(repository, ...config, "tag", "--sign", "--message", tag, tag, "main"),
      /** Adds a signed commit without changes to main. */
      commit: async (repository: string) => {
        const commit = ["commit-tree", "-S", "-p", "main", "-m", `By ${name}`, "main^{tree}"];
        const oid = await env.git.git(repository, ...config, ...commit);
        await env.git.git(repository, "update-ref", "refs/heads/main", oid.trim());
      },
    };
  };
  return { ann: await generate("ann"), eve: await generate("eve") };
});

async function putSecret(env: TestEnv, name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  await env.as("admin")("delete", "secret", name, "--ignore-not-found");
  await env.as("admin").applyYaml(JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData }));
}

/** A Repository of one package on main, whose tags are verified with the Secret of its name. */
async function createRemote(env: TestEnv, name: string): Promise<{ readonly verification: object }> {
  await env.git.createRepository(name, { seed: { "readme.md": "all\n" } });
  await pushExternally(env.git, name, { from: "refs/heads/main^0", files: FILES });
  return { verification: { secretRef: { name } } };
}

const reasonOf = async (env: TestEnv, name: string) =>
  (await env.revision(name)).status?.conditions?.find(({ type }) => type === "Ready")?.reason;

const waitForSkipped = async (env: TestEnv, name: string, tags: Readonly<Record<string, RegExp>>) =>
  await waitUntil(`${name} skips exactly ${Object.keys(tags)}`, async () => await env.repository(name), {
    until: ({ status }) => {
      const skipped = (status?.skipped ?? []).filter(({ reason }) => reason === "NotVerified");
      const messages = new Map(skipped.map(({ ref, message }) => [ref.slice("refs/tags/".length), message]));
      const isNamed = Object.entries(tags).every(([tag, message]) => message.test(messages.get(tag) ?? ""));
      return isNamed && messages.size === Object.keys(tags).length;
    },
  });

describe("a Repository with verification", () => {
  it("shows tags of listed keys, from the moment when the key is listed, and skips all others", async ({
    env,
    signers: { ann, eve },
  }) => {
    const spec = await createRemote(env, "listed");
    await ann.tag("listed", "web/v1");
    await eve.tag("listed", "web/v2");
    await env.git.git("listed", ...USER, "tag", "--annotate", "--message", "x", "web/v3", "main");
    await env.git.git("listed", "tag", "web/v4", "main");
    await putSecret(env, "listed", { "ann.pub": ann.line });
    await env.register("listed", spec);
    const { status } = await env.waitForReason("catalog.listed.web.v1", "Published");
    expect(status).toMatchObject({ revision: "v1", provenance: "External" });
    const unsigned = {
      "web/v3": /the tag is not signed: sign/,
      "web/v4": /not annotated, and its commit is not signed/,
    };
    await waitForSkipped(env, "listed", { ...unsigned, "web/v2": /SHA256:\S+, which the Secret listed lacks/ });
    expect((await env.repository("listed")).status).toMatchObject({ revisions: 1 });
    await putSecret(env, "listed", { "ann.pub": ann.line, "eve.pub": `eve@example.com ${eve.line}` });
    await env.waitForReason("catalog.listed.web.v2", "Published");
    await waitForSkipped(env, "listed", unsigned);
  });

  it("counts what the operator published, and no lightweight tag on a draft that nobody approved", async ({
    env,
    packages,
    signers: { ann },
  }) => {
    const spec = await createRemote(env, "own");
    await ann.tag("own", "web/v1");
    await putSecret(env, "own", { keys: ann.line });
    await env.register("own", spec);
    const id = { repository: "own", package: "web" };
    const { status } = await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": "a: 2\n" });
    expect(status).toMatchObject({ revision: "v2", provenance: "Operator" });
    await packages.createDraft({ ...id, workspace: "two" }, { "a.yaml": "not reviewed\n" });
    await env.git.git("own", "tag", "web/v3", "refs/heads/web/two");
    await env.sync("own");
    await waitForSkipped(env, "own", { "web/v3": /its commit is one of the operator, which also signs drafts/ });
    await expect(env.revision("catalog.own.web.v3")).rejects.toThrow();
  });

  it("asks for both signatures in the mode TagAndHEAD: a tag whose commit is unsigned is skipped", async ({
    env,
    packages,
    signers: { ann, eve },
  }) => {
    const { verification } = await createRemote(env, "both");
    await ann.tag("both", "web/v1");
    await ann.commit("both");
    await ann.tag("both", "web/v2");
    await env.git.git("both", ...USER, "tag", "--annotate", "--message", "x", "web/v3", "main");
    await env.git.git("both", "tag", "web/v4", "main");
    await eve.commit("both");
    await ann.tag("both", "web/v5");
    await putSecret(env, "both", { "ann.pub": ann.line });
    await env.register("both", { verification: { ...verification, mode: "TagAndHEAD" } });
    const { status } = await env.waitForReason("catalog.both.web.v2", "Published");
    expect(status).toMatchObject({ revision: "v2", provenance: "External" });
    const unsigned = {
      "web/v3": /^the tag is not signed: sign/,
      "web/v4": /^the tag is not annotated, and so has no signature of its own/,
    };
    await waitForSkipped(env, "both", {
      ...unsigned,
      "web/v1": /^the tagged commit is not signed: sign/,
      "web/v5": /^the tagged commit .*SHA256:\S+, which the Secret both lacks/,
    });
    expect((await env.repository("both")).status).toMatchObject({ revisions: 1 });
    const id = { repository: "both", package: "web", workspace: "own" };
    const own = await packages.createPublished(id, { "a.yaml": "a: 2\n" });
    expect(own.status).toMatchObject({ revision: "v6", provenance: "Operator" });
    await env.applyRepository("both", { verification: { ...verification, mode: "Tag" } });
    for (const revision of ["v1", "v5"]) await env.waitForReason(`catalog.both.web.${revision}`, "Published");
    await waitForSkipped(env, "both", unsigned);
  });

  it("reports a revision whose key is removed, keeps its object, and clones it no more", async ({
    env,
    packages,
    signers: { ann, eve },
  }) => {
    const spec = await createRemote(env, "removed");
    await ann.tag("removed", "web/v1");
    await eve.tag("removed", "web/v2");
    await putSecret(env, "removed", { "ann.pub": ann.line, "eve.pub": eve.line });
    await env.register("removed", spec);
    const name = "catalog.removed.web.v2";
    const { metadata } = await env.waitForReason(name, "Published");
    await env.as("admin")("patch", "secret", "removed", "--patch", '{"data":{"eve.pub":null}}');
    const object = await env.waitForReason(name, "NotVerified");
    expect(object.metadata.uid).toBe(metadata.uid);
    expect(object.status?.lifecycle).toBe("published");
    const isLatest = ({ metadata: { labels } }: PackageRevision) => labels?.[LABEL_LATEST] === "true";
    expect(isLatest(object)).toBe(false);
    await env.waitFor("catalog.removed.web.v1", "is the latest revision", isLatest);
    expect((await env.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 1\n" });
    expect(await reasonOf(env, "catalog.removed.web.v1")).toBe("Published");
    const upstream = { repository: "removed", package: "web", revision: "v2" };
    const clone = await packages.create(
      { repository: "removed", package: "copy", workspace: "one" },
      { spec: { tasks: [{ type: "clone" }], upstream } },
    );
    const { status } = await env.waitForReason(clone, "UpstreamNotFound");
    expect(status?.conditions?.[0]?.message).toMatch(/only as a tag that is not verified/);
    await packages.delete(clone);
    await putSecret(env, "removed", { "ann.pub": ann.line, "eve.pub": eve.line });
    expect((await env.waitForReason(name, "Published")).metadata.uid).toBe(metadata.uid);
  });

  it("changes nothing while its Secret is missing or invalid, also after a restart", async ({
    env,
    signers: { ann },
  }) => {
    const spec = await createRemote(env, "gone");
    await ann.tag("gone", "web/v1");
    await putSecret(env, "gone", { "ann.pub": ann.line });
    await env.register("gone", spec);
    const name = "catalog.gone.web.v1";
    const before = await env.waitForReason(name, "Published");
    const isKept = async () => {
      const { metadata, status } = await env.revision(name);
      expect(metadata.uid).toBe(before.metadata.uid);
      expect(status).toMatchObject({ lifecycle: "published", revision: "v1" });
      expect((await env.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 1\n" });
    };
    await env.as("admin")("delete", "secret", "gone");
    await env.waitForRepository("gone", "SecretNotFound");
    await isKept();
    expect(await reasonOf(env, name)).toBe("Published");
    await env.restartOperator("stop");
    await env.waitForReason(name, "RepositoryNotReady");
    await isKept();
    await putSecret(env, "gone", { "ann.pub": ann.line, "bob.pub": "hello\n" });
    const { status } = await env.waitForRepository("gone", "InvalidVerificationKeys");
    expect(status?.conditions?.[0]?.message).toMatch(
      /^Secret gone \(spec.verification.secretRef\): the key bob.pub cannot be used: line 1 is not a public key/,
    );
    await isKept();
    await putSecret(env, "gone", { "ann.pub": ann.line });
    await env.waitForRepository("gone", "Synced");
    await env.waitForReason(name, "Published");
    await isKept();
  });

  it("follows the field: what was shown before is reported when verification is asked for", async ({ env }) => {
    const spec = await createRemote(env, "later");
    await env.git.git("later", "tag", "web/v1", "main");
    await env.register("later");
    const name = "catalog.later.web.v1";
    await env.waitForReason(name, "Published");
    // Its Secret comes later: until then, nothing changes.
    await env.applyRepository("later", spec);
    await env.waitForRepository("later", "SecretNotFound");
    expect(await reasonOf(env, name)).toBe("Published");
    await env.applyRepository("later", { verification: { secretRef: null } });
    await env.waitForReason(name, "NotVerified");
    await waitForSkipped(env, "later", {
      "web/v1": /its commit is not signed: publish the package through the operator/,
    });
    await env.applyRepository("later", { verification: null });
    await env.waitForReason(name, "Published");
  });
});
