import { describe, expect } from "vitest";
import { ANNOTATION_LIST_SKIPPED } from "../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { readyReason, type TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("repository");

const listNames = async (env: TestEnv, repository: string) =>
  (await env.revisions())
    .filter((one) => one.spec.packageRevID.repository === repository)
    .map((one) => one.metadata.name.slice(`catalog.${repository}.`.length))
    .sort();
const requestsFor = (env: TestEnv, repository: string) =>
  env.git.requests().filter((one) => one.path.startsWith(`/${repository}.git/`));

describe("registering a Repository", () => {
  it("reads it with the credentials of a Secret, and counts what it found", async ({ env }) => {
    await env.git.createRepository("catalog");
    const [commit] = await pushExternally(env.git, "catalog", {
      files: { "nf/web/a.yaml": "a\n" },
      tags: ["nf/web/v1"],
    });
    await env.register("catalog");
    const { status } = await env.repository("catalog");
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
    const sent = requestsFor(env, "catalog");
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.every((one) => one.authorization && one.status === 200)).toBe(true);
  });

  it("shows it in columns, and reports it in an event", async ({ env }) => {
    await env.git.createRepository("columns");
    await pushExternally(env.git, "columns", { files: { "nf/web/a.yaml": "a\n" }, tags: ["nf/web/v1"] });
    await env.register("columns");
    const row = (await env.as("dave")("get", "pkgrepo", "columns", "--no-headers")).trim().split(/\s+/);
    const lastSync = expect.stringMatching(/^\d+s$/);
    expect(row.slice(0, 8)).toEqual(["columns", "True", "Synced", "false", "1", "0", lastSync, env.git.url("columns")]);
    await waitUntil("there is an event", async () =>
      (await env.as("admin")("events", "--for=repository.config.pkg.pkgserver.dev/columns")).includes("Synced"),
    );
  });

  it("accepts an empty repository, and shows later pushes", async ({ env }) => {
    await env.git.createRepository("empty", { empty: true });
    await env.register("empty");
    const { status } = await env.repository("empty");
    expect(status).toMatchObject({ packages: 0, revisions: 0, drafts: 0 });
    expect(status?.commit).toBeUndefined();
    expect(status?.conditions?.[0]?.message).toContain("the remote is empty");
    // With drafts alone, ours and external ones, the branch is not missing: the first publication creates it.
    const draft = { packageRevID: { repository: "empty", package: "app", workspace: "one" } };
    await env.as("alice").applyYaml(
      JSON.stringify({
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: { name: "catalog.empty.app.one" },
        spec: draft,
      }),
    );
    await env.waitForReason("catalog.empty.app.one", "Draft");
    await pushExternally(env.git, "empty", { branch: "db/external", files: { "db/Kptfile": "", "db/a.yaml": "a\n" } });
    const withDrafts = await env.sync("empty");
    expect([readyReason(withDrafts), withDrafts.status?.drafts]).toEqual(["Synced", 2]);
    await env.waitForReason("catalog.empty.db.external", "Draft");
    await pushExternally(env.git, "empty", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    await env.sync("empty");
    await env.waitForReason("catalog.empty.web.v1", "Published");
  });

  it("compares drafts with the branch of spec.git.ref", async ({ env }) => {
    await env.git.createRepository("other-ref", { initialBranch: "release" });
    const [release] = await pushExternally(
      env.git,
      "other-ref",
      { branch: "release", files: { "web/Kptfile": "", "web/a.yaml": "a\n" } },
      { branch: "web/same", from: "refs/heads/release" },
      { branch: "web/tuned", from: "refs/heads/release", files: { "web/a.yaml": "b\n" } },
      { branch: "main", files: { "web/Kptfile": "", "web/a.yaml": "c\n" } },
    );
    await env.register("other-ref", {}, { ref: "release" });
    expect((await env.repository("other-ref")).status).toMatchObject({ commit: release, drafts: 1 });
    expect(await listNames(env, "other-ref")).toEqual(["web.tuned"]);
  });

  it("shows only packages below spec.git.directory", async ({ env }) => {
    await env.git.createRepository("folders");
    const files = { "packages/nf/web/a.yaml": "a\n", "packages-2/web/a.yaml": "a\n", "web/a.yaml": "a\n" };
    const tags = ["packages/nf/web/v1", "packages-2/web/v1", "web/v1"];
    await pushExternally(env.git, "folders", { files, tags });
    await env.register("folders", {}, { directory: "packages" });
    expect(await listNames(env, "folders")).toEqual(["nf.web.v1"]);
    const { skipped } = (await env.repository("folders")).status ?? {};
    expect(skipped?.map((one) => [one.ref, one.reason])).toEqual([
      ["refs/tags/packages-2/web/v1", "OutsideDirectory"],
      ["refs/tags/web/v1", "OutsideDirectory"],
    ]);
  });

  it("counts all skipped refs by reason, and lists twenty, tags first, or those that are asked for", async ({
    env,
  }) => {
    await env.git.createRepository("many");
    const tags = Array.from({ length: 60 }, (_, index) => `release-${String(index).padStart(2, "0")}`);
    await pushExternally(
      env.git,
      "many",
      { files: { "web/a.yaml": "a\n" }, tags: [...tags, "web/v1"] },
      // As another implementation leaves its branches behind.
      { branch: "web/one", from: "refs/tags/web/v1", files: { "web/a.yaml": "b\n" }, tags: ["web/v2"] },
    );
    await env.register("many");
    const { status } = await env.repository("many");
    expect(status).toMatchObject({ revisions: 2, drafts: 0, skippedCount: 61 });
    expect(status?.skippedReasons).toEqual([
      { reason: "NotARevision", count: 60 },
      { reason: "AlreadyPublished", count: 1 },
    ]);
    const first = tags.slice(0, 19).map((tag) => `refs/tags/${tag}`);
    expect(status?.skipped?.map((one) => one.ref)).toEqual([...first, "refs/heads/web/one"]);
    expect(status?.skipped?.[0]).toEqual({
      ref: "refs/tags/release-00",
      reason: "NotARevision",
      message: '"release-00" is not a revision: v1 or v1.2.3 is expected',
    });
    await env.as("admin")("annotate", "pkgrepo", "many", `${ANNOTATION_LIST_SKIPPED}=refs/tags/release-5`);
    await waitUntil("the others are listed", async () => (await env.repository("many")).status?.skipped ?? [], {
      until: (skipped) =>
        skipped.map(({ ref }) => ref).join() ===
        tags
          .slice(50)
          .map((tag) => `refs/tags/${tag}`)
          .join(),
    });
  });
});

describe("syncing a Repository", () => {
  it("fetches again after the interval", async ({ env }) => {
    await env.git.createRepository("often");
    await env.register("often", { sync: { interval: "1s" } });
    await pushExternally(env.git, "often", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    await env.waitForReason("catalog.often.web.v1", "Published");
  });

  it("fetches at once when the annotation requests it", async ({ env }) => {
    await env.git.createRepository("rarely");
    await env.register("rarely", { sync: { interval: "24h" } });
    const [commit] = await pushExternally(env.git, "rarely", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    expect((await env.sync("rarely")).status).toMatchObject({ commit, revisions: 1 });
    await env.waitForReason("catalog.rarely.web.v1", "Published");
  });

  it("applies a new interval at once", async ({ env }) => {
    await env.git.createRepository("faster");
    await env.register("faster", { sync: { interval: "24h" } });
    const before = requestsFor(env, "faster").length;
    await env.as("admin")("patch", "pkgrepo", "faster", "--type=merge", '--patch={"spec":{"sync":{"interval":"1s"}}}');
    await waitUntil("the remote gets two more requests", () => requestsFor(env, "faster").length >= before + 2);
  });

  it("sends no request while it is suspended, and continues afterwards", async ({ env }) => {
    await env.git.createRepository("paused");
    await env.register("paused", { sync: { interval: "1s" } });
    const suspend = async (value: boolean) =>
      await env.as("admin")(
        "patch",
        "pkgrepo",
        "paused",
        "--type=merge",
        `--patch={"spec":{"sync":{"suspend":${value}}}}`,
      );
    await suspend(true);
    const { status } = await env.waitForRepository("paused", "Suspended");
    expect(status?.conditions?.map((one) => [one.type, one.status])).toEqual([
      ["Ready", "False"],
      ["Stalled", "True"],
    ]);
    const before = requestsFor(env, "paused").length;
    await pushExternally(env.git, "paused", { files: { "web/a.yaml": "a\n" }, tags: ["web/v1"] });
    // Two syncs of another Repository with the same interval show that it has passed. The annotation has no effect.
    await env.git.createRepository("reference");
    await env.register("reference", { sync: { interval: "1s" } });
    await env.as("admin")("annotate", "pkgrepo", "paused", "pkg.pkgserver.dev/sync-requested-at=now");
    const reference = requestsFor(env, "reference").length;
    await waitUntil("an interval has passed", () => requestsFor(env, "reference").length >= reference + 2);
    expect(requestsFor(env, "paused")).toHaveLength(before);
    expect(readyReason(await env.repository("paused"))).toBe("Suspended");
    await suspend(false);
    await env.waitForReason("catalog.paused.web.v1", "Published");
  });
});
