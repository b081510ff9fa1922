import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { countPushes, createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import type { Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("release");
const RELEASE = "pkg.pkgserver.dev/release";
const labelled = (release: string) => ({ metadata: { labels: { [RELEASE]: release } } });

/** Registers a deployment repository with a proposal of release spring for each target. */
async function spring(env: TestEnv, packages: Packages, repository: string, targets = ["edge1", "edge2", "edge3"]) {
  await env.git.createRepository(repository);
  await env.register(repository, { deployment: true });
  const names = await Promise.all(targets.map((target) => member(packages, repository, target)));
  await Promise.all(names.map((name) => packages.propose(name)));
  return { git: createGitReader(env.git, repository), names };
}

const member = async (packages: Packages, repository: string, target: string) =>
  await packages.createDraft(
    { repository, target, package: "web", workspace: "one" },
    { "a.yaml": `a: ${target}\n` },
    labelled("spring"),
  );

const messageOf = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";
/** Until status says so as well, no approval is admitted. */
const waitUntilRevoked = async (packages: Packages, name: string) =>
  await packages.waitFor(name, "has no approval", ({ spec, status, metadata }) => {
    return spec.approval === undefined && status?.observedGeneration === metadata.generation;
  });
const tagsOf = async (git: GitReader) => (await git.refs()).filter((ref) => ref.startsWith("tags/"));

describe.concurrent("a release", () => {
  it("is published in one push when the last member is approved, and its tags say what was approved", async ({
    env,
    packages,
  }) => {
    const { git, names } = await spring(env, packages, "all");
    const [first = "", second = "", third = ""] = names;
    const { status } = await packages.waitFor(first, "knows its release", (one) => one.status?.release?.members === 3);
    await packages.approve(first);
    await packages.approve(third);
    await packages.waitForReason(first, "WaitingForRelease");
    await waitUntil("it says for whom", async () => await messageOf(packages, first), {
      until: (message) => message === `waits for 1 of 3 members of release spring: ${second} is not approved`,
    });
    expect((await packages.get(first)).status?.waitingFor).toEqual(["WaitingForRelease"]);
    const pushes = countPushes(env.git, "all");
    await packages.approve(second);
    for (const name of names) await packages.waitForReason(name, "Published");
    expect(countPushes(env.git, "all") - pushes).toBe(1);
    expect(await git.refs()).toEqual(["tags/edge1/web/v1", "tags/edge2/web/v1", "tags/edge3/web/v1"]);
    expect(await git("log", "--format=%s", "main")).toBe(
      "Publish edge3/web v1\nPublish edge2/web v1\nPublish edge1/web v1\nFirst commit",
    );
    for (const tag of ["edge1/web/v1", "edge2/web/v1", "edge3/web/v1"]) {
      expect(await git.trailers(tag)).toMatchObject({
        "Package-Release": "spring",
        "Release-Digest": status?.release?.digest,
        "Approved-By": "bob",
      });
    }
  });

  it("is not published in part by a remote that refuses one of its refs", async ({ env, packages }) => {
    const { git, names } = await spring(env, packages, "refused");
    const [first = "", second = ""] = names;
    await env.git.setHooks("refused", {
      update: 'case "$1" in refs/tags/edge2/*) echo "edge2 is frozen" >&2; exit 1;; esac\n',
    });
    for (const name of names) await packages.approve(name);
    await packages.waitForReason(first, "PushRejected");
    expect(await messageOf(packages, first)).toContain("edge2 is frozen");
    expect(await tagsOf(git)).toEqual([]);
    expect(await git.files("main")).not.toHaveProperty("edge1/web/a.yaml");
    // The other members may be withdrawn meanwhile: nobody's approval is stuck.
    await packages.waitFor(second, "can be withdrawn", ({ status }) => status?.waitingFor?.[0] === "WaitingForRelease");
    await env.git.setHooks("refused", { update: null });
    await env.sync("refused");
    for (const name of names) await packages.waitForReason(name, "Published");
    expect(await tagsOf(git)).toEqual(["tags/edge1/web/v1", "tags/edge2/web/v1", "tags/edge3/web/v1"]);
  });

  it("waits for a member that began before another revision was published", async ({ env, packages }) => {
    const { git, names } = await spring(env, packages, "outdated", ["edge1", "edge2"]);
    const [first = "", second = ""] = names;
    const other = { repository: "outdated", target: "edge2", package: "web", workspace: "two" };
    await packages.createPublished(other, { "a.yaml": "a: first\n" });
    for (const name of names) await packages.approve(name);
    await packages.waitForReason(second, "OutdatedBase");
    await waitUntil("the first names it", async () => await messageOf(packages, first), {
      until: (message) => message.includes(`${second} is held back (OutdatedBase`),
    });
    expect(await tagsOf(git)).toEqual(["tags/edge2/web/v1"]);
    await packages.patch(second, { metadata: { annotations: { "pkg.pkgserver.dev/confirm-base": "v1" } } }, "bob");
    for (const name of names) await packages.waitForReason(name, "Published");
    expect(await tagsOf(git)).toEqual(["tags/edge1/web/v1", "tags/edge2/web/v1", "tags/edge2/web/v2"]);
  });

  it("loses the race for main and is published on what others pushed", async ({ env, packages }) => {
    const { git, names } = await spring(env, packages, "race");
    const held = await holdNextPush(env.git, "race", "before");
    for (const name of names) await packages.approve(name);
    await held.reached();
    await pushExternally(env.git, "race", { branch: "main", files: { "README.md": "theirs\n" } });
    await held.release();
    for (const name of names) await packages.waitForReason(name, "Published");
    const files = await git.files("main");
    expect(files).toMatchObject({ "README.md": "theirs\n", "edge1/web/a.yaml": "a: edge1\n" });
    expect(Object.keys(files).filter((path) => path.endsWith("/a.yaml"))).toHaveLength(3);
  });

  it("voids approvals when another proposal joins, and when a member is rejected", async ({ env, packages }) => {
    const { git, names } = await spring(env, packages, "changed", ["edge1", "edge2"]);
    const [first = "", second = ""] = names;
    await packages.approve(first);
    await packages.waitForReason(first, "WaitingForRelease");
    const late = await member(packages, "changed", "edge3");
    await waitUntil("it waits for the draft as well", async () => await messageOf(packages, first), {
      until: (message) => message.includes(`${late} is a draft`),
    });
    await packages.propose(late);
    await waitUntilRevoked(packages, first);
    for (const name of [first, second]) await packages.approve(name);
    await packages.waitForReason(first, "WaitingForRelease");
    await packages.patch(late, { spec: { lifecycle: "draft" } }, "bob");
    await waitUntilRevoked(packages, second);
    await packages.patch(late, { metadata: { labels: { [RELEASE]: null } } });
    for (const name of [first, second]) await packages.approve(name);
    for (const name of [first, second]) await packages.waitForReason(name, "Published");
    expect(await tagsOf(git)).toEqual(["tags/edge1/web/v1", "tags/edge2/web/v1"]);
  });

  it("keeps its members: neither label nor an approval without the digest of the release is admitted", async ({
    env,
    packages,
  }) => {
    const { names } = await spring(env, packages, "kept", ["edge1", "edge2"]);
    const [first = ""] = names;
    for (const release of ["autumn", null]) {
      await expect(packages.patch(first, { metadata: { labels: { [RELEASE]: release } } })).rejects.toThrow(
        "the label pkg.pkgserver.dev/release can be changed only on a draft: status.lifecycle is proposed",
      );
    }
    const digest = (await packages.get(first)).status?.proposal?.digest;
    const approval = { digest, by: "bob" };
    await expect(packages.patch(first, { spec: { lifecycle: "published", approval } }, "bob")).rejects.toThrow(
      "spec.approval.release is missing: this is a member of release spring",
    );
    const forged = { ...approval, release: `sha256:${"0".repeat(64)}` };
    await packages.patch(first, { spec: { lifecycle: "published", approval: forged } }, "bob");
    await waitUntilRevoked(packages, first);
  });
});
