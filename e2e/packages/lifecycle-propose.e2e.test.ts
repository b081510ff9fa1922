import { describe, expect } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { NO_PREFIXES } from "../../src/core/revision/metadata-keys.ts";
import { metadataDigest } from "../../src/core/revision/recorded-metadata.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { needs } from "../testenv/needs.ts";
import type { Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("propose").extend("git", { scope: "file" }, async ({ env }) => createGitReader(env.git, "blue"));

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("blue");
  await env.register("blue");
});

const FILES = { "a.yaml": "a: 1\n" };
const createDraft = (packages: Packages, name: string) =>
  packages.createDraft({ repository: "blue", package: name, workspace: "one" }, FILES);
/** A draft in a repository of its own, with the same name. */
async function createDraftAlone({ env, packages }: Fixtures, name: string): Promise<string> {
  await env.git.createRepository(name);
  await env.register(name);
  return await packages.createDraft({ repository: name, package: name, workspace: "one" }, FILES);
}
const approval = (digest: string | undefined, by: string) => ({
  spec: { lifecycle: "published", approval: { digest, by } },
});
const readyMessage = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message;

/** Waits for an Event about a package revision. */
async function waitForEvent(env: TestEnv, name: string, reason: string): Promise<void> {
  const reasons = async () => {
    const { items } = await env
      .as("admin")
      .getJson<{ items: readonly { reason: string }[] }>(
        "events.events.k8s.io",
        `--field-selector=regarding.name=${name}`,
      );
    return items.map((event) => event.reason);
  };
  await waitUntil(`an Event about ${name} says ${reason}`, reasons, { until: (all) => all.includes(reason) });
}

describe.concurrent("lifecycle: proposing", () => {
  it(
    ...needs("MutatingAdmissionPolicy", "freezes the contents for every user, and records the proposer"),
    async ({ packages, git }) => {
      const name = await createDraft(packages, "freeze");
      const { status } = await packages.propose(name);
      expect(status?.proposal).toMatchObject({ by: "alice", commit: status?.commit });
      expect(status?.proposal?.digest).not.toBe(status?.contentDigest);
      expect((await packages.contents(name)).status).toMatchObject({ frozen: true, commit: status?.commit });
      for (const user of ["alice", "carol", "admin"] as const) {
        await expect(packages.edit(name, { "late.yaml": "x: 1\n" }, user)).rejects.toThrow("the contents are frozen");
      }
      expect(await git("log", "-1", "--format=%an: %s", "freeze/one")).toBe("alice: Propose freeze (one)");
      expect(await git.trailers("freeze/one")).toMatchObject({
        "Package-Lifecycle": "proposed",
        "Package-Digest": status?.contentDigest,
        "Proposal-Digest": status?.proposal?.digest,
        "Proposed-By": "alice",
        "Proposed-At": status?.proposal?.at,
      });
    },
  );

  it.for([1, 2, 3])(
    "during 20 edits commits exactly the files that the contents object holds (%i)",
    async (turn, { packages, git }) => {
      const name = await createDraft(packages, `race-${turn}`);
      const accepted: string[] = [];
      const edit = async (index: number) => {
        const file = `f${index}.yaml`;
        // Refused: the contents are frozen by then, or the API server has given up after too many conflicts.
        await packages.edit(name, { [file]: `n: ${index}\n` }).then(
          () => accepted.push(file),
          () => undefined,
        );
      };
      const early = Array.from({ length: 10 }, (_, index) => edit(index));
      const proposal = packages.setLifecycle(name, "proposed");
      const late = Array.from({ length: 10 }, (_, index) => edit(index + 10));
      await Promise.all([...early, proposal, ...late]);
      const { status } = await packages.waitForReason(name, "Proposed");
      const { resources = {} } = (await packages.contents(name)).spec;
      expect(Object.keys(resources).sort()).toEqual(["a.yaml", ...accepted].sort());
      expect(await git.files(status?.proposal?.commit ?? "", `race-${turn}`)).toEqual(resources);
      expect(await git("rev-parse", `race-${turn}/one`)).toBe(status?.proposal?.commit);
    },
  );

  it.for([
    { title: "that an approver rejects", user: "bob" },
    { title: "that its editor takes back", user: "alice" },
  ] as const)("$title is a draft again, and takes edits", async ({ user }, { packages, git }) => {
    const name = await createDraft(packages, `back-${user}`);
    await packages.propose(name);
    await packages.setLifecycle(name, "draft", user);
    const isDraft = (one: PackageRevision) => one.status?.lifecycle === "draft";
    const { status, metadata } = await packages.waitFor(name, "is a draft", isDraft);
    expect(status?.proposal).toBeUndefined();
    expect(metadata.annotations?.["pkg.pkgserver.dev/proposed-by"]).toBeUndefined();
    await packages.save(name, { "b.yaml": "b: 1\n" });
    expect(await git.files(`back-${user}/one`, `back-${user}`)).toEqual({ ...FILES, "b.yaml": "b: 1\n" });
    const trailers = await git.trailers(`back-${user}/one`);
    expect(trailers["Package-Lifecycle"]).toBe("draft");
    expect(trailers["Proposed-By"]).toBeUndefined();
  });

  it(
    ...needs("MutatingAdmissionPolicy", "that a reviewer rejects with a reason says who and why, in status and in Git"),
    async ({ env, packages, git }) => {
      const name = await createDraft(packages, "rejected");
      await packages.propose(name);
      const annotations = { "pkg.pkgserver.dev/rejection-reason": "the limits\nare missing: €" };
      await packages.patch(name, { spec: { lifecycle: "draft" }, metadata: { annotations } }, "bob");
      const rejected = await packages.waitForReason(name, "ProposalRejected");
      const says = '"bob" rejected the proposal of "alice": "the limits\\nare missing: €"';
      expect(rejected.status).toMatchObject({ lifecycle: "draft", rejected: expect.stringContaining(says) });
      expect(rejected.metadata.annotations).not.toHaveProperty("pkg.pkgserver.dev/rejection-reason");
      await waitForEvent(env, name, "ProposalRejected");
      expect(await git("log", "-1", "--format=%an", "rejected/one")).toBe("bob");
      expect(await git.trailers("rejected/one")).toMatchObject({
        "Returned-By": "bob",
        "Return-Reason": JSON.stringify("the limits\nare missing: €"),
      });
      await packages.save(name, { "b.yaml": "b: 1\n" });
      expect((await packages.waitForReason(name, "ProposalRejected")).status?.rejected).toContain(says);
      const { status } = await packages.propose(name);
      expect(status).not.toHaveProperty("rejected");
      expect(status?.lastRejection).toEqual({ message: says, at: expect.stringMatching(/Z$/) });
    },
  );

  it("is voided by an external push to its branch: the reviewed digest can no longer be approved", async ({
    env,
    packages,
  }) => {
    const name = await createDraftAlone({ env, packages }, "void");
    const reviewed = (await packages.propose(name)).status?.proposal;
    await pushExternally(env.git, "void", { branch: "void/one", files: { "void/b.yaml": "b: external\n" } });
    // The operator has not fetched the commit yet: the approval is accepted, and its push is rejected by the remote.
    await packages.patch(name, approval(reviewed?.digest, "bob"), "bob");
    const stopped = await packages.waitForReason(name, "ProposalVoided");
    const voided = expect.stringContaining(`from outside, voids the proposal of ${reviewed?.commit}`);
    expect(stopped.status).toMatchObject({ lifecycle: "draft", commit: expect.anything(), voided });
    await waitForEvent(env, name, "ProposalVoided");
    // The new contents were not proposed.
    expect(stopped.spec).toMatchObject({ lifecycle: "draft" });
    expect([stopped.spec.approval, stopped.metadata.annotations?.["pkg.pkgserver.dev/proposed-by"]]).toEqual([
      undefined,
      undefined,
    ]);
    expect((await packages.contents(name)).spec.resources).toEqual({ ...FILES, "b.yaml": "b: external\n" });
    expect(await createGitReader(env.git, "void")("tag", "--list")).toBe("");
    const again = (await packages.propose(name)).status?.proposal;
    expect(again?.digest).not.toBe(reviewed?.digest);
    await expect(packages.patch(name, approval(reviewed?.digest, "bob"), "bob")).rejects.toThrow("is not the digest");
    await packages.publish(name);
  });
});

describe.concurrent("lifecycle: approving", () => {
  it("voids the proposal where the package gets other files than were reviewed while its push is under way", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("nested", { seed: { "net/a.yaml": "a: 1\n", "net/sub/b.yaml": "b: 1\n" } });
    const git = createGitReader(env.git, "nested");
    await git("tag", "net/v1", "main");
    // While this tag exists, net/sub is a package of its own, and its files are not part of net.
    await git("tag", "net/sub/v1", "main");
    await env.register("nested");
    const name = await packages.createDraft({ repository: "nested", package: "net", workspace: "two" });
    await packages.propose(name);
    expect((await packages.contents(name)).spec.resources).toEqual(FILES);
    const push = await holdNextPush(env.git, "nested", "before");
    await packages.approve(name);
    await push.reached();
    await git("update-ref", "-d", "refs/tags/net/sub/v1");
    // The push loses the race for main, so that its change is planned again.
    await pushExternally(env.git, "nested", { files: { "docs/x.md": "x\n" } });
    await push.release();
    const { spec, status } = await packages.waitFor(name, "is a draft", (one) => one.status?.lifecycle === "draft");
    expect(spec.lifecycle).toBe("draft");
    expect([spec.approval, status?.proposal]).toEqual([undefined, undefined]);
    await waitForEvent(env, name, "ProposalVoided");
    expect(await git.refs()).toEqual(["heads/net/two", "tags/net/v1"]);
    expect(await git.files("main")).toEqual({
      "docs/x.md": "x\n",
      "net/a.yaml": "a: 1\n",
      "net/sub/b.yaml": "b: 1\n",
    });
    // The published contents are those of the time when the tag was there.
    await git("tag", "net/sub/v1", "net/v1");
    await env.sync("nested");
    await packages.waitForReason("catalog.nested.net.sub.v1", "Published");
  });

  it("requires the right to approve, the approver's own name, and the current proposal's digest", async ({
    packages,
  }) => {
    const name = await createDraft(packages, "bound");
    const first = (await packages.propose(name)).status?.proposal?.digest;
    await expect(packages.approve(name, "alice")).rejects.toThrow("user alice may not approve");
    await expect(packages.patch(name, approval(first, "alice"), "bob")).rejects.toThrow(
      "must be the name of who approves",
    );
    await expect(packages.patch(name, approval("sha256:0", "bob"), "bob")).rejects.toThrow("is not the digest");
    await packages.setLifecycle(name, "draft");
    await packages.waitForReason(name, "Draft");
    await packages.save(name, { "a.yaml": "a: 2\n" });
    const { proposal, contentDigest } = (await packages.propose(name)).status ?? {};
    const second = proposal?.digest;
    expect(second).not.toBe(first);
    await expect(packages.patch(name, approval(first, "bob"), "bob")).rejects.toThrow("is not the digest");
    await packages.patch(name, approval(second, "bob"), "bob");
    expect((await packages.waitForReason(name, "Published")).status).toMatchObject({
      publishedBy: "bob",
      contentDigest,
    });
  });

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "is refused to a user who edited or proposed, where the Repository has fourEyes",
    ),
    async ({ env, packages }) => {
      await env.git.createRepository("eyes");
      await env.register("eyes", { approval: { fourEyes: true } });
      const name = await packages.createDraft({ repository: "eyes", package: "net", workspace: "one" }, FILES);
      await packages.save(name, { "b.yaml": "b: 1\n" }, "carol");
      await packages.propose(name);
      await packages.approve(name, "carol");
      expect((await packages.waitForReason(name, "FourEyes")).status?.waitingFor).toEqual(["FourEyes"]);
      expect(await readyMessage(packages, name)).toContain("carol proposed, edited or changed this package revision");
      await packages.setLifecycle(name, "proposed", "carol");
      await packages.waitForReason(name, "Proposed");
      await packages.publish(name);
      expect(await createGitReader(env.git, "eyes")("tag", "--list")).toBe("net/v1");
    },
  );

  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "is refused to a user who changed spec or labels under fourEyes, but not to one who rejected it",
    ),
    async ({ env, packages }) => {
      await env.git.createRepository("changed");
      await env.register("changed", { approval: { fourEyes: true } });
      const name = await packages.createDraft({ repository: "changed", package: "net", workspace: "one" }, FILES);
      await packages.patch(name, { spec: { updatePolicy: "strict" } }, "carol");
      // Others changed it since: carol's change is still part of what is approved.
      await packages.patch(name, { metadata: { labels: { tier: "gold" } } });
      await packages.waitFor(
        name,
        "is recorded",
        (one) => one.status?.metadataDigest === metadataDigest(one, NO_PREFIXES),
      );
      await packages.propose(name);
      await packages.approve(name, "carol");
      await packages.waitForReason(name, "FourEyes");
      expect(await readyMessage(packages, name)).toContain("carol proposed, edited or changed this");
      await packages.setLifecycle(name, "draft", "bob");
      await packages.waitForReason(name, "ProposalRejected");
      const git = createGitReader(env.git, "changed");
      expect(await git("log", "-1", "--format=%an: %s", "net/one")).toBe("bob: Return net (one) to draft");
      await packages.propose(name);
      await packages.publish(name);
      expect(await git("tag", "--list")).toBe("net/v1");
    },
  );
});
