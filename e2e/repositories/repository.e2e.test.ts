import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { readyReason, startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let world: TestEnv;
beforeAll(async () => {
  world = await startTestEnv("repository");
});
afterAll(async () => await world?.end());

const names = async (repository: string) =>
  (await world.revisions())
    .filter((one) => one.spec.packageRevID.repository === repository)
    .map((one) => one.metadata.name.slice(`catalog.${repository}.`.length))
    .sort();
const requestsFor = (repository: string) =>
  world.git.requests().filter((one) => one.path.startsWith(`/${repository}.git/`));
const appears = async (name: string) => await world.waitForReason(name, "Published");

describe("registering a Repository", () => {
  it("reads it with the user and password of a Secret, and says what it found", async () => {
    await world.git.createRepository("catalog");
    const [commit] = await pushExternally(world.git, "catalog", {
      files: { "nf/web/a.yaml": "a\n" },
      tags: ["nf/web/v1"],
    });
    await world.register("catalog");
    const { status } = await world.repository("catalog");
    expect(status).toMatchObject({ commit, packages: 1, revisions: 1, drafts: 0, skippedCount: 0 });
    expect(status?.skipped).toBeUndefined();
    expect(status?.conditions).toEqual([
      expect.objectContaining({
        type: "Ready",
        status: "True",
        reason: "Synced",
        message: "packages: 1, revisions: 1, drafts: 0, other refs: 0",
      }),
    ]);
    const sent = requestsFor("catalog");
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.every((one) => one.authorization && one.status === 200)).toBe(true);
  });

  it("shows it in columns, and tells of it in an event", async () => {
    const row = (await world.as("dave")("get", "pkgrepo", "catalog", "--no-headers")).trim().split(/\s+/);
    expect(row.slice(0, 7)).toEqual(["catalog", "True", "Synced", "false", "1", "0", world.git.url("catalog")]);
    await waitUntil("there is an event", async () =>
      (await world.as("admin")("events", "--for=repository.config.pkg.pkgserver.dev/catalog")).includes("Synced"),
    );
  });

  it("takes an empty repository, and what is pushed to it later", async () => {
    await world.git.createRepository("empty", { empty: true });
    await world.register("empty");
    const { status } = await world.repository("empty");
    expect(status).toMatchObject({ packages: 0, revisions: 0, drafts: 0 });
    expect(status?.commit).toBeUndefined();
    expect(status?.conditions?.[0]?.message).toContain("the remote is empty");
    // Drafts alone, ours and others', make it no repository that lacks its branch: the first publication makes that.
    const draft = { packageRevID: { repository: "empty", package: "app", workspace: "one" } };
    await world.as("alice").applyYaml(
      JSON.stringify({
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: { name: "catalog.empty.app.one" },
        spec: draft,
      }),
    );
    await world.waitForReason("catalog.empty.app.one", "Draft");
    await pushExternally(world.git, "empty", { branch: "db/theirs", files: { "db/a.yaml": "a\n" } });
    const withDrafts = await world.sync("empty");
    expect([readyReason(withDrafts), withDrafts.status?.drafts]).toEqual(["Synced", 2]);
    await world.waitForReason("catalog.empty.db.theirs", "Draft");
    await pushExternally(world.git, "empty", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    await world.sync("empty");
    await appears("catalog.empty.web.v1");
  });

  it("compares drafts with the branch that `ref` names", async () => {
    await world.git.createRepository("other-ref", { initialBranch: "release" });
    const [release] = await pushExternally(
      world.git,
      "other-ref",
      { branch: "release", files: { "web/a.yaml": "a\n" } },
      { branch: "web/same", from: "refs/heads/release" },
      { branch: "web/tuned", from: "refs/heads/release", files: { "web/a.yaml": "b\n" } },
      { branch: "main", files: { "web/a.yaml": "c\n" } },
    );
    await world.register("other-ref", {}, { ref: "release" });
    expect((await world.repository("other-ref")).status).toMatchObject({ commit: release, drafts: 1 });
    expect(await names("other-ref")).toEqual(["web.tuned"]);
  });

  it("sees only what is below `directory`", async () => {
    await world.git.createRepository("folders");
    const files = { "packages/nf/web/a.yaml": "a\n", "packages-2/web/a.yaml": "a\n", "web/a.yaml": "a\n" };
    const tags = ["packages/nf/web/v1", "packages-2/web/v1", "web/v1"];
    await pushExternally(world.git, "folders", { files, tags });
    await world.register("folders", {}, { directory: "packages" });
    expect(await names("folders")).toEqual(["nf.web.v1"]);
    const { skipped } = (await world.repository("folders")).status ?? {};
    expect(skipped?.map((one) => [one.ref, one.reason])).toEqual([
      ["refs/tags/packages-2/web/v1", "OutsideDirectory"],
      ["refs/tags/web/v1", "OutsideDirectory"],
    ]);
  });

  it("counts all that it skips, and lists the first twenty", async () => {
    await world.git.createRepository("many");
    const tags = Array.from({ length: 60 }, (_, index) => `release-${String(index).padStart(2, "0")}`);
    await pushExternally(world.git, "many", { files: { "web/a.yaml": "a\n" }, tags: [...tags, "web/v1"] });
    await world.register("many");
    const { status } = await world.repository("many");
    expect(status).toMatchObject({ revisions: 1, skippedCount: 60 });
    expect(status?.skipped?.map((one) => one.ref)).toEqual(tags.slice(0, 20).map((tag) => `refs/tags/${tag}`));
    expect(status?.skipped?.[0]).toEqual({
      ref: "refs/tags/release-00",
      reason: "NotARevision",
      message: '"release-00" is not a revision: v1 or v1.2.3 is expected',
    });
  });
});

describe("syncing a Repository", () => {
  it("looks at the remote once an interval", async () => {
    await world.git.createRepository("often");
    await world.register("often", { sync: { interval: "1s" } });
    await pushExternally(world.git, "often", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    await appears("catalog.often.web.v1");
  });

  it("looks at once when the annotation asks for it", async () => {
    await world.git.createRepository("rarely");
    await world.register("rarely", { sync: { interval: "24h" } });
    const [commit] = await pushExternally(world.git, "rarely", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    expect((await world.sync("rarely")).status).toMatchObject({ commit, revisions: 1 });
    await appears("catalog.rarely.web.v1");
  });

  it("takes a new interval at once", async () => {
    const before = requestsFor("rarely").length;
    await world.as("admin")(
      "patch",
      "pkgrepo",
      "rarely",
      "--type=merge",
      '--patch={"spec":{"sync":{"interval":"1s"}}}',
    );
    await waitUntil("the remote was asked and asked again", () => requestsFor("rarely").length >= before + 2);
  });

  it("leaves the remote alone while it is suspended, and goes on afterwards", async () => {
    await world.git.createRepository("paused");
    await world.register("paused", { sync: { interval: "1s" } });
    const suspend = async (value: boolean) =>
      await world.as("admin")(
        "patch",
        "pkgrepo",
        "paused",
        "--type=merge",
        `--patch={"spec":{"sync":{"suspend":${value}}}}`,
      );
    await suspend(true);
    const { status } = await world.waitForRepository("paused", "Suspended");
    expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Stalled", "True"],
    ]);
    const before = requestsFor("paused").length;
    await pushExternally(world.git, "paused", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    // Another one with the same interval shows when one has passed; the annotation asks in vain.
    await world.as("admin")("annotate", "pkgrepo", "paused", "pkg.pkgserver.dev/sync-requested-at=now");
    const others = requestsFor("often").length;
    await waitUntil("an interval has passed", () => requestsFor("often").length >= others + 2);
    expect(requestsFor("paused")).toHaveLength(before);
    expect(readyReason(await world.repository("paused"))).toBe("Suspended");
    await suspend(false);
    await appears("catalog.paused.web.v1");
  });
});
