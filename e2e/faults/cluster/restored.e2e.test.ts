import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectlAs } from "../../harness/kubectl.ts";
import { waitForPolicies } from "../../harness/policies.ts";
import { waitUntil } from "../../harness/wait.ts";
import { listRefs } from "../../testenv/external-push.ts";
import { createGitReader } from "../../testenv/git-reader.ts";
import { type Kubelet, startKubelet } from "../../testenv/kubelet.ts";
import { type OwnControlPlane, startOwnControlPlane } from "../../testenv/own-control-plane.ts";
import { createPackages, nameOf, type Packages } from "../../testenv/packages.ts";
import { startTestEnv, type TestEnv } from "../../testenv/testenv.ts";

let own: OwnControlPlane;
let env: TestEnv;
let packages: Packages;
let kubelet: Kubelet;
/** The refs after the changes that are not in the backup. */
let refs: string;
const versions = { before: 0, after: 0 };

const id = (name: string, workspace = "one") => ({ repository: "plain", package: name, workspace });
const nameIn = (name: string, workspace = "one") => nameOf(id(name, workspace));
const FILES = { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" };

const NAMES = {
  /** Proposed at the time of the backup, published afterwards. */
  published: nameIn("published"),
  /** Published at the time of the backup; `next` is the revision after it, which is not in the backup. */
  first: nameIn("twice"),
  next: nameIn("twice", "two"),
  /** A draft at the time of the backup, edited twice afterwards. */
  edited: nameIn("edited"),
  /** Approved and waiting at the time of the backup; afterwards taken back, edited, and proposed again. */
  approved: nameIn("approved", "two"),
  /** Proposed for deletion at the time of the backup, deleted afterwards. */
  deleted: nameIn("deleted"),
  dropped: nameIn("dropped"),
  /** Created after the backup. */
  begun: nameIn("begun"),
} as const;

beforeAll(async () => {
  own = await startOwnControlPlane("restored");
  env = await startTestEnv("restored", { controlPlane: own.provided });
  packages = await createPackages(env);
  kubelet = startKubelet(env);
  await env.git.createRepository("plain");
  // No sync by the interval: the operator must notice the restore itself.
  await env.register("plain", { sync: { interval: "1h" } });
  await beforeBackup();
  const backup = join(own.dir, "backup");
  await own.controlPlane.backUp(backup);
  await afterBackup();
  refs = await listRefs(env.git, "plain");
  versions.before = await newestVersion();
  await own.controlPlane.restore(backup);
  versions.after = await waitUntil("the API server has read its storage", newestVersion);
  // The API server refuses requests until its policies are compiled.
  await waitForPolicies(kubectlAs(own.provided, "admin"));
});

afterAll(async () => {
  await kubelet?.stop();
  await env?.end();
  await own?.end();
});

async function beforeBackup(): Promise<void> {
  await Promise.all([
    packages.createDraft(id("published"), FILES).then((name) => packages.propose(name)),
    packages.createPublished(id("twice"), FILES),
    packages.createDraft(id("edited"), FILES),
    Promise.all([packages.createDraft(id("approved"), FILES), packages.createDraft(id("approved", "two"), FILES)]),
    packages
      .createPublished(id("deleted"), FILES)
      .then(({ metadata }) => packages.setLifecycle(metadata.name, "deletionProposed")),
    packages.createDraft(id("dropped"), FILES),
  ]);
  await packages.waitForReason(NAMES.deleted, "DeletionProposed");
  await packages.propose(NAMES.approved);
  await packages.publish(nameIn("approved"));
  await packages.approve(NAMES.approved);
  await packages.waitForReason(NAMES.approved, "OutdatedBase");
}

async function afterBackup(): Promise<void> {
  await Promise.all([
    packages.publish(NAMES.published),
    packages.createPublished(id("twice", "two"), { "a.yaml": "a: 2\n" }),
    packages.save(NAMES.edited, { "a.yaml": "a: 2\n" }).then(() => packages.save(NAMES.edited, { "c.yaml": "c: 1\n" })),
    proposeAgain(),
    packages.delete(NAMES.deleted, "bob").then(() => packages.waitUntilGone(NAMES.deleted)),
    packages.delete(NAMES.dropped).then(() => packages.waitUntilGone(NAMES.dropped)),
    packages.createDraft(id("begun"), FILES),
  ]);
}

async function proposeAgain(): Promise<void> {
  await packages.setLifecycle(NAMES.approved, "draft");
  await packages.waitForReason(NAMES.approved, "Draft");
  await packages.save(NAMES.approved, { "a.yaml": "not: approved\n" });
  await packages.propose(NAMES.approved);
}

/** The API server's newest resourceVersion. */
async function newestVersion(): Promise<number> {
  const list = await packages.request("admin", "get", "packagerevisions");
  return Number(list.metadata.resourceVersion);
}

/** Expects every ref to be unchanged. */
async function expectUnchangedRefs(): Promise<void> {
  expect(await listRefs(env.git, "plain")).toEqual(refs);
}

describe("an etcd restored from a backup", () => {
  it("has older resourceVersions than the operator's watches", () => {
    expect(versions.after).toBeLessThan(versions.before);
  });

  it("does not publish a revision again that was published after the backup", async () => {
    const { status, spec } = await packages.waitForReason(NAMES.published, "Published");
    expect(status).toMatchObject({ lifecycle: "published", revision: "v1", publishedBy: "bob" });
    expect(spec.lifecycle).toBe("published");
    expect(status?.commit).toBe(
      await env.git.git("plain", "rev-parse", "published/v1^{commit}").then((one) => one.trim()),
    );
    await expectUnchangedRefs();
  });

  it("gets a revision back from Git that is not in the backup, as the latest", async () => {
    const next = await packages.waitForReason(NAMES.next, "Published");
    expect(next.status).toMatchObject({ revision: "v2", publishedBy: "bob" });
    expect((await packages.contents(NAMES.next)).spec.resources).toEqual({ "a.yaml": "a: 2\n" });
    const latest = "pkg.pkgserver.dev/latest";
    await packages.waitFor(NAMES.next, "is the latest", ({ metadata }) => metadata.labels?.[latest] === "true");
    await packages.waitFor(NAMES.first, "is not", ({ metadata }) => metadata.labels?.[latest] === undefined);
  });

  it("gets edits back from Git that are not in the backup", async () => {
    const edited = { ...FILES, "a.yaml": "a: 2\n", "c.yaml": "c: 1\n" };
    const head = (await env.git.git("plain", "rev-parse", "edited/one")).trim();
    await packages.waitFor(NAMES.edited, "is the branch", ({ status }) => status?.commit === head);
    expect((await packages.waitForAcknowledgement(NAMES.edited)).spec.resources).toEqual(edited);
    expect((await packages.contents(nameIn("begun"))).spec.resources).toEqual(FILES);
    await packages.waitForReason(NAMES.begun, "Draft");
    await expectUnchangedRefs();
  });

  it("does not restore an approval that was taken back after the backup", async () => {
    // The branch no longer has the approved commit.
    const { spec, status } = await packages.waitFor(
      NAMES.approved,
      "is a draft",
      (one) => one.status?.lifecycle === "draft",
    );
    expect(spec).not.toHaveProperty("approval");
    expect(spec.lifecycle).toBe("draft");
    expect(status?.proposal).toBeUndefined();
    const text = async () => (await packages.contents(NAMES.approved)).spec.resources?.["a.yaml"];
    await packages.waitForReason(NAMES.approved, "ProposalVoided");
    expect(await text()).toBe("not: approved\n");
    const look = createGitReader(env.git, "plain");
    expect(await look.refs()).not.toContain("tags/approved/v2");
    // A proposal in Git that is not in the backup is not accepted, since an external push could forge it. Nor is it
    // undone.
    const shown = await packages.waitForReason(NAMES.approved, "ProposalVoided");
    expect(shown.status?.conditions?.[0]?.message).toContain("its commit is a proposal that was not made here");
    expect(shown.status?.voided).toContain(', and the approval by "bob"; review the draft');
    await expectUnchangedRefs();
  });

  it("reports revisions that were deleted after the backup, and deletes them without a change of Git", async () => {
    const missing = await packages.waitForReason(NAMES.deleted, "TagMissing");
    expect(missing.status?.conditions?.find((one) => one.type === "Ready")?.message).toContain("refs/tags/deleted/v1");
    await packages.waitForReason(NAMES.dropped, "BranchMissing");
    await packages.delete(NAMES.deleted, "bob");
    await packages.delete(NAMES.dropped);
    await Promise.all([packages.waitUntilGone(NAMES.deleted), packages.waitUntilGone(NAMES.dropped)]);
    await expectUnchangedRefs();
  });

  it("has converged: another sync writes nothing", async () => {
    const look = async () =>
      (await env.revisions()).map(({ metadata: { name, resourceVersion } }) => [name, resourceVersion]);
    await env.sync("plain");
    const before = await look();
    await env.sync("plain");
    expect(await look()).toEqual(before);
    await expectUnchangedRefs();
  });

  it("continues: edits are pushed, and no revision number is used again", async () => {
    const saved = await packages.save(NAMES.edited, { "b.yaml": "b: 2\n" });
    expect(saved.spec.resources).toEqual({ "a.yaml": "a: 2\n", "b.yaml": "b: 2\n", "c.yaml": "c: 1\n" });
    expect(await createGitReader(env.git, "plain").files("edited/one", "edited")).toEqual(saved.spec.resources);
    expect((await packages.publish(NAMES.edited)).status?.revision).toBe("v1");
    expect((await packages.createPublished(id("deleted", "two"), FILES)).status?.revision).toBe("v2");
    expect((await packages.createPublished(id("twice", "three"), FILES)).status?.revision).toBe("v3");
    expect(await packages.listTerminating()).toEqual([]);
  });

  it("has no two publications of anything in its history", async () => {
    const log = await env.git.git("plain", "log", "--format=%s", "main");
    const published = log.split("\n").filter((subject) => subject.startsWith("Publish "));
    expect(new Set(published).size).toBe(published.length);
    expect(await env.git.git("plain", "rev-list", "--merges", "main")).toBe("");
  });
});
