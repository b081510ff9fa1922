import { describe, expect, test } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { ALLOWED_SIGNERS } from "../../src/controllers/signing/signing-keys.ts";
import { waitUntil } from "../harness/wait.ts";
import { type ApiClient, createApiClient } from "../testenv/api-client.ts";
import type { Fixtures } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, nameOf } from "../testenv/packages.ts";
import { readSigners } from "../testenv/signers.ts";
import { startTestEnv, type TestEnv } from "../testenv/testenv.ts";

/**
 * Two environments, which stand for two clusters: their operators do not know of each other. They register one
 * repository.
 */
const it = test
  .extend("here", { scope: "file" }, async ({}, { onCleanup }) => {
    const env = await startTestEnv("here");
    onCleanup(async () => await env.end());
    await env.git.createRepository("both");
    await env.register("both");
    return { env, packages: await createPackages(env) };
  })
  .extend("there", { scope: "file" }, async ({ here }, { onCleanup }) => {
    const env = await startTestEnv("there");
    onCleanup(async () => await env.end({ allSkipped: "the remote is on the git server of the other environment" }));
    const { git, password } = here.env;
    env.registerSecret(password);
    const stringData = { username: "pkgserver", password };
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "git-here" },
      type: "kubernetes.io/basic-auth",
    };
    await env.as("admin").applyYaml(JSON.stringify({ ...secret, stringData }));
    await trustEachOther(await createApiClient(env.controlPlane), [here.env.namespace, env.namespace]);
    await env.register("both", {}, { url: git.url("both"), credentials: "git-here" });
    return { env, packages: await createPackages(env) };
  });

/** Adds the public keys of each operator to those that the other one knows. */
async function trustEachOther(requestAs: ApiClient, namespaces: readonly string[]): Promise<void> {
  const signers = await Promise.all(namespaces.map((namespace) => readSigners(requestAs, namespace)));
  const data = { [ALLOWED_SIGNERS.key]: signers.join("") };
  for (const namespace of namespaces) {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${ALLOWED_SIGNERS.name}`;
    const { code, body } = await requestAs("admin", "merge", path, { data });
    if (code !== 200) throw new Error(`patch ${path}: ${code} ${body.message}`);
  }
}

async function trustRepository(env: TestEnv, name: string): Promise<void> {
  const patch = JSON.stringify({ spec: { trustedRepositories: [name] } });
  await env.as("admin")("patch", "repositories.config.pkg.pkgserver.dev", "both", "--type=merge", "--patch", patch);
}

const id = (workspace: string) => ({ repository: "both", package: "net", workspace });
/** How many commits record nothing but labels and other metadata. */
async function countUpdates(git: GitReader): Promise<number> {
  const subjects = (await git("log", "--format=%s", "net/one")).split("\n");
  return subjects.filter((subject) => subject.startsWith("Update")).length;
}

/** Syncs both environments twice, waits each time until both have the branch's head, and returns that. */
async function syncBoth(here: Fixtures, there: Fixtures, workspace: string): Promise<string> {
  const name = nameOf(id(workspace));
  const git = createGitReader(here.env.git, "both");
  let commit = "";
  for (let turn = 0; turn < 2; turn++) {
    for (const { env } of [here, there]) await env.sync("both");
    await waitUntil(`both have the head of ${workspace}`, async () => {
      commit = await git("rev-parse", `refs/heads/net/${workspace}`);
      const shown = await Promise.all(
        [here, there].map(async ({ packages }) => (await packages.get(name)).status?.commit),
      );
      return shown.every((one) => one === commit);
    });
  }
  return commit;
}

describe("one repository in two clusters", () => {
  it("records the labels of each cluster's draft once, and applies them in that cluster alone", async ({
    here,
    there,
  }) => {
    const git = createGitReader(here.env.git, "both");
    const name = await here.packages.createDraft(id("one"), { "a.yaml": "a: 1\n" });
    await there.env.sync("both");
    await there.packages.waitForReason(name, "Draft");
    await here.packages.patch(name, { metadata: { labels: { team: "web" } } });
    await waitUntil("the label is in Git", async () => (await countUpdates(git)) === 1);
    const before = await syncBoth(here, there, "one");
    expect(await syncBoth(here, there, "one")).toBe(before);
    expect(await countUpdates(git)).toBe(1);
    expect((await there.packages.get(name)).metadata.labels).toBeUndefined();
    // A label of the other cluster is recorded too, and once.
    await there.packages.patch(name, { metadata: { labels: { team: "store" } } });
    await waitUntil("the other label is in Git", async () => (await countUpdates(git)) === 2);
    const after = await syncBoth(here, there, "one");
    expect(await syncBoth(here, there, "one")).toBe(after);
    expect(await countUpdates(git)).toBe(2);
    expect((await here.packages.get(name)).metadata.labels).toEqual({ team: "web" });
  });

  it("believes the record of the other cluster once its Repository is trusted", async ({ here, there }) => {
    await here.packages.createPublished({ ...id("zero"), package: "dns" }, { "a.yaml": "a: 0\n" });
    await there.env.sync("both");
    const name = "catalog.both.dns.v1";
    const external = await there.packages.waitForReason(name, "Published");
    expect(external.status).toMatchObject({ revision: "v1", provenance: "External" });
    expect(external.status).not.toHaveProperty("publishedBy");
    await trustRepository(there.env, `${here.env.namespace}/both`);
    await trustRepository(here.env, `${there.env.namespace}/both`);
    const isOperators = ({ status }: PackageRevision) => status?.provenance === "Operator";
    const { status } = await there.packages.waitFor(name, "is believed", isOperators);
    expect(status).toMatchObject({ revision: "v1", publishedBy: "bob" });
  });

  it("keeps a proposal of one cluster a draft in the other, and publishes it for both", async ({ here, there }) => {
    const name = await here.packages.createDraft(id("two"), { "a.yaml": "a: 2\n" });
    await there.env.sync("both");
    await there.packages.waitForReason(name, "Draft");
    await here.packages.propose(name);
    const proposed = await syncBoth(here, there, "two");
    expect(await syncBoth(here, there, "two")).toBe(proposed);
    expect((await here.packages.get(name)).status?.lifecycle).toBe("proposed");
    const { status } = await there.packages.get(name);
    expect(status).toMatchObject({ lifecycle: "draft", commit: proposed });
    expect(status?.conditions?.[0]?.message).toContain("its commit is a proposal that was not made here");
    await here.packages.publish(name);
    await there.env.sync("both");
    expect((await there.packages.waitForReason(name, "Published")).status).toMatchObject({
      revision: "v1",
      publishedBy: "bob",
    });
  });

  it("keeps what tools say of an object in its cluster: a prune with an applyset finds no copy elsewhere", async ({
    here,
    there,
  }) => {
    await trustRepository(there.env, `${here.env.namespace}/both`);
    const git = createGitReader(here.env.git, "both");
    const name = nameOf(id("pruned"));
    const manifest = {
      apiVersion: "pkg.pkgserver.dev/v1alpha1",
      kind: "PackageRevision",
      metadata: { name, labels: { tier: "gold", ...TOOLS.labels }, annotations: { note: "x", ...TOOLS.annotations } },
      spec: { packageRevID: id("pruned"), tasks: [{ type: "init" }] },
    };
    const kubectl = here.env.as("admin");
    const apply = () => kubectl.applyYaml(JSON.stringify(manifest), "--prune", "--applyset=team");
    await apply();
    await here.packages.waitForReason(name, "Draft");
    await there.env.sync("both");
    const { metadata } = await there.packages.waitForReason(name, "Draft");
    // A program with objects in several namespaces lists them on its applyset.
    const spans = `applyset.kubernetes.io/additional-namespaces=${there.env.namespace}`;
    await kubectl("annotate", "--overwrite", "secret", "team", spans);
    const before = await git("rev-parse", "net/pruned");
    await apply();
    expect((await there.packages.get(name)).metadata.deletionTimestamp).toBeUndefined();
    expect(metadata.labels).toEqual({ tier: "gold" });
    expect(metadata.annotations).toMatchObject({ note: "x" });
    expect(Object.keys(metadata.annotations ?? {}).filter((key) => key in TOOLS.annotations)).toEqual([]);
    expect(await syncBoth(here, there, "pruned")).toBe(before.trim());
    expect(await git("log", "-1", "--format=%B", "net/pruned")).not.toMatch(/applyset|argocd|fluxcd|helm/);
    // What a tool writes on the draft is no commit.
    await kubectl("annotate", "pkgrev", name, "argocd.argoproj.io/refresh=normal");
    await here.packages.patch(name, { metadata: { labels: { tier: "silver" } } });
    await waitUntil("the user's label is in Git", async () => await git("log", "--format=%B", "-1", "net/pruned"), {
      until: (message) => message.includes("silver"),
    });
    expect((await git("log", "--format=%s", `${before.trim()}..net/pruned`)).trim().split("\n")).toHaveLength(1);
  });
});

/** By which tools say that an object is theirs. */
const TOOLS = {
  labels: {
    "app.kubernetes.io/instance": "shop",
    "app.kubernetes.io/managed-by": "Helm",
    "kustomize.toolkit.fluxcd.io/name": "shop",
    "helm.toolkit.fluxcd.io/name": "shop",
  },
  annotations: {
    "argocd.argoproj.io/tracking-id": "shop:pkg.pkgserver.dev/PackageRevision:a/b",
    "meta.helm.sh/release-name": "shop",
    "config.kubernetes.io/origin": "path: a.yaml",
    "internal.config.kubernetes.io/path": "a.yaml",
    "config.k8s.io/owning-inventory": "shop",
  },
};
