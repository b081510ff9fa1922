import { describe, expect } from "vitest";
import type { User } from "../testenv/api-client.ts";
import { test } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { startOwnControlPlane } from "../testenv/own-control-plane.ts";
import type { PackageID, Packages } from "../testenv/packages.ts";

/** As Kubernetes before 1.36: nothing fills in who edits, changes and proposes. */
const it = test.extend("envOptions", { scope: "file" }, async ({}, { onCleanup }) => {
  const own = await startOwnControlPlane("unrecorded", { servesMutatingPolicies: false });
  onCleanup(() => own.end());
  return { prefix: "unrecorded", controlPlane: own.provided };
});

const CHANGED_BY = "pkg.pkgserver.dev/changed-by";
const EDITED_BY = "pkg.pkgserver.dev/edited-by";
const PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
const id = (repository: string, name = "net"): PackageID => ({ repository, package: name, workspace: "one" });
const named = (key: string, ...names: readonly string[]) => ({
  metadata: { annotations: { [key]: names.join("\n") } },
});
const files = (text: string) => ({ spec: { resources: { "a.yaml": text } } });
const editAs = (packages: Packages, user: User, name: string, body: object) =>
  packages.request(user, "merge", `packagerevisionresourceses/${name}`, body);
const proposeAs = async (packages: Packages, user: User, name: string) => {
  await packages.patch(name, { spec: { lifecycle: "proposed" }, ...named(PROPOSED_BY, user) }, user);
  return (await packages.waitForReason(name, "Proposed")).status?.proposal?.digest;
};
const approveAs = (packages: Packages, by: User, name: string, digest: string | undefined) =>
  packages.patch(name, { spec: { lifecycle: "published", approval: { digest, by } } }, by);
const readyMessage = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message;

describe("four eyes where the API server records no names", () => {
  it.beforeAll(async ({ env }) => {
    for (const repository of ["eyes", "two", "late", "plain"]) await env.git.createRepository(repository);
    await env.register("eyes", { approval: { fourEyes: true } });
    await env.register("two", { approval: { fourEyes: true } });
    await env.register("late");
    await env.register("plain");
  });

  it("demand the name of each editor, changer and proposer, and then count them", async ({ env, packages }) => {
    const name = await packages.createDraft(id("eyes"), undefined, named(CHANGED_BY, "alice"));
    expect((await packages.get(name)).status?.attribution).toBe("Complete");
    await expect(editAs(packages, "carol", name, files("a: 1\n"))).rejects.toThrow(
      "who edits must be recorded, since approvers must be other users than editors (spec.approval.fourEyes of the " +
        "Repository): add carol as the last line of the annotation pkg.pkgserver.dev/edited-by",
    );
    await editAs(packages, "carol", name, { ...files("a: 1\n"), ...named(EDITED_BY, "carol") });
    // Who is the last one already needs no further annotation; another user's edit is not taken for hers.
    await editAs(packages, "carol", name, files("a: 2\n"));
    await expect(editAs(packages, "alice", name, files("a: 3\n"))).rejects.toThrow("add alice as the last line");
    await expect(editAs(packages, "alice", name, { ...files("a: 3\n"), ...named(EDITED_BY, "alice") })).rejects.toThrow(
      "edited-by is filled in by the API server",
    );
    await editAs(packages, "alice", name, { ...files("a: 3\n"), ...named(EDITED_BY, "carol", "alice") });
    const labels = { tier: "gold" };
    await expect(packages.patch(name, { metadata: { labels } }, "carol")).rejects.toThrow(
      "add carol as the last line of the annotation pkg.pkgserver.dev/changed-by",
    );
    await expect(packages.patch(name, { spec: { updatePolicy: "strict" } }, "carol")).rejects.toThrow("add carol as");
    await packages.waitForAcknowledgement(name);
    await expect(packages.setLifecycle(name, "proposed", "alice")).rejects.toThrow(
      "set the annotation pkg.pkgserver.dev/proposed-by to alice",
    );
    const digest = await proposeAs(packages, "alice", name);
    await approveAs(packages, "carol", name, digest);
    await packages.waitForReason(name, "FourEyes");
    expect(await readyMessage(packages, name)).toContain("carol proposed, edited or changed this");
    await packages.patch(name, { spec: { lifecycle: "proposed", approval: null } }, "carol");
    await packages.waitForReason(name, "Proposed");
    env.ledger.recordApproval(await packages.get(name));
    await approveAs(packages, "bob", name, digest);
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    expect(await createGitReader(env.git, "eyes")("tag", "--list")).toBe("net/v1");
  });

  it("do not let a creation without a name be published, whoever is named later", async ({ env, packages }) => {
    const name = await packages.createDraft(id("two"));
    expect((await packages.get(name)).status?.attribution).toBe("Partial");
    const why = "nobody can approve it, since not everybody who created or changed it is known";
    await packages.waitFor(name, "says that nobody can approve it", (one) => {
      return one.status?.conditions?.some(({ type, message }) => type === "Ready" && message?.includes(why)) === true;
    });
    await editAs(packages, "alice", name, { ...files("a: 1\n"), ...named(EDITED_BY, "alice") });
    await packages.patch(name, { metadata: { labels: { a: "b" }, ...named(CHANGED_BY, "alice").metadata } });
    await approveAs(packages, "bob", name, await proposeAs(packages, "alice", name));
    await packages.waitForReason(name, "FourEyes");
    expect(await readyMessage(packages, name)).toContain("not everybody who created, changed or edited it is known");
    expect(await createGitReader(env.git, "two")("tag", "--list")).toBe("");
  });

  it("do not let edits from before they were required be published, named or not", async ({ env, packages }) => {
    const name = await packages.createDraft(id("late"), { "a.yaml": "a: 1\n" }, named(CHANGED_BY, "alice"));
    expect((await packages.get(name)).status?.attribution).toBeUndefined();
    await editAs(packages, "alice", name, { ...files("a: 2\n"), ...named(EDITED_BY, "alice") });
    await env.as("admin")(
      "patch",
      "pkgrepo",
      "late",
      "--type=merge",
      '--patch={"spec":{"approval":{"fourEyes":true}}}',
    );
    await packages.waitFor(name, "requires names", (one) => one.status?.attribution !== undefined);
    await expect(editAs(packages, "carol", name, files("a: 3\n"))).rejects.toThrow("add carol as the last line");
    await approveAs(packages, "bob", name, await proposeAs(packages, "alice", name));
    await packages.waitForReason(name, "FourEyes");
    expect(await readyMessage(packages, name)).toContain("not everybody who created, changed or edited it is known");
  });

  it.for([
    { repository: "unnamed", what: "a creation", more: {}, fourEyes: true },
    {
      repository: "optional",
      what: "an edit before it was required",
      more: named(CHANGED_BY, "alice"),
      fourEyes: false,
    },
  ])("do not forget $what without a name when the object is created again", async (row, { env, packages }) => {
    const { repository, more, fourEyes } = row;
    await env.git.createRepository(repository);
    await env.register(repository, { approval: { fourEyes } });
    const name = await packages.createDraft(id(repository), undefined, more);
    const edit = { ...files("a: 1\n"), ...(fourEyes && named(EDITED_BY, "alice")) };
    await editAs(packages, "alice", name, edit);
    await packages.waitForAcknowledgement(name);
    await env.as("admin")("delete", "pkgrepo", repository);
    await env.register(repository, { approval: { fourEyes: true } });
    // It counts as complete again, but for what Git has recorded.
    expect((await packages.waitForReason(name, "Draft")).status?.attribution).toBe("Complete");
    await approveAs(packages, "bob", name, await proposeAs(packages, "alice", name));
    await packages.waitForReason(name, "FourEyes");
    expect(await readyMessage(packages, name)).toContain("not everybody who created, changed or edited it is known");
    expect(await createGitReader(env.git, repository)("tag", "--list")).toBe("");
  });

  it("are not needed elsewhere: edits, labels and proposals without names stay possible", async ({ packages }) => {
    const name = await packages.createDraft(id("plain"), { "a.yaml": "a: 1\n" });
    await packages.save(name, { "b.yaml": "b: 1\n" }, "carol");
    await packages.patch(name, { metadata: { labels: { tier: "gold" } } }, "carol");
    const { status } = await packages.propose(name);
    expect([status?.attribution, (await packages.contents(name)).status]).toEqual([
      undefined,
      expect.not.objectContaining({ attribution: expect.anything() }),
    ]);
    await approveAs(packages, "bob", name, status?.proposal?.digest);
    await packages.waitForReason(name, "Published");
  });
});
