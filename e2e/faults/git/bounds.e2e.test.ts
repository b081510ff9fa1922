import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { waitUntil } from "../../harness/wait.ts";
import { pushExternally } from "../../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import { monitorEventLoop } from "../../testenv/loop-watch.ts";
import { readyReason, type TestEnv } from "../../testenv/testenv.ts";

const it = testWithEnv("bounds", {
  operator: {
    env: {
      PKGSERVER_GIT_LIMIT_REFS: "20000",
      PKGSERVER_GIT_LIMIT_MIRROR_SIZE: "4Mi",
      PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE: "64Mi",
    },
  },
});

const SYNC = { sync: { interval: "24h" } };
const FILES = { "a.yaml": "a: 1\n" };

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("good");
  await env.register("good", SYNC);
});

/** What a neighbour of the hostile remotes does meanwhile. */
async function publishBeside({ packages }: Fixtures, name: string): Promise<void> {
  await packages.createPublished({ repository: "good", package: name, workspace: "one" }, FILES);
}

async function messageOf(env: TestEnv, name: string, reason: string): Promise<string> {
  const { status } = await env.waitForRepository(name, reason);
  return status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
}

/** Deletes the Repository, which is gone within this time: no fetch of it is waited for. */
async function deleteWithin(env: TestEnv, name: string, timeoutMs: number): Promise<void> {
  await env.as("admin")("delete", "pkgrepo", name, "--wait=false");
  const list = async () => await env.as("admin")("get", "pkgrepo", "--no-headers", "-o", "name");
  await waitUntil(`${name} is gone`, list, { timeoutMs, until: (names) => !names.includes(`/${name}\n`) });
}

async function writeTags(env: TestEnv, name: string, count: number): Promise<void> {
  const commit = (await env.git.git(name, "rev-parse", "refs/heads/main")).trim();
  const lines = Array.from({ length: count }, (_, index) => `${commit} refs/tags/p/x${index}\n`);
  await writeFile(join(env.git.path(name), "packed-refs"), lines.join(""));
}

describe("a remote with too many refs", () => {
  it("is TooManyRefs with the limit and its setting, hurts nobody, and is Synced again when it has fewer", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("refs");
    await writeTags(env, "refs", 300_000);
    const loop = await monitorEventLoop(env.operator);
    await env.applyRepository("refs", SYNC);
    await publishBeside({ env, packages }, "beside-refs");
    const message = await messageOf(env, "refs", "TooManyRefs");
    expect(message).toContain("at most 20000 (gitLimits.refs, PKGSERVER_GIT_LIMIT_REFS)");
    expect(await loop.longestMs()).toBeLessThan(200);
    loop.close();
    await writeTags(env, "refs", 1000);
    await env.sync("refs");
    await env.waitForRepository("refs", "Synced");
    await deleteWithin(env, "refs", 20_000);
  });
});

describe("a remote that is too large for the disk", () => {
  it("is DiskLimitExceeded with both numbers and the setting, and keeps what was read", async ({ env, packages }) => {
    await env.git.createRepository("large");
    await pushExternally(env.git, "large", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    await env.register("large", SYNC);
    await pushExternally(env.git, "large", { files: { "web/b.bin": randomBytes(8 * 1024 ** 2) } });
    await env.as("admin")("annotate", "--overwrite", "pkgrepo", "large", `pkg.pkgserver.dev/sync-requested-at=1`);
    const message = await messageOf(env, "large", "DiskLimitExceeded");
    expect(message).toContain("more than 4 MiB of the operator's disk (gitLimits.mirrorSize, ");
    expect(message).toMatch(/there were [0-3](\.\d)? MiB$/);
    expect(readyReason(await packages.get("catalog.large.web.v1"))).toBe("Published");
    await publishBeside({ env, packages }, "beside-large");
    await deleteWithin(env, "large", 20_000);
  });
});

describe("a remote that lacks a blob of its own", () => {
  it("names it within seconds, shows the packages that can be read, and is deleted at once", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("lacking");
    await pushExternally(env.git, "lacking", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    const tags = Array.from({ length: 200 }, (_, index) => `broken/v${index + 1}`);
    await pushExternally(env.git, "lacking", { files: { "broken/a.yaml": "a: lost\n" }, tags });
    const blob = (await env.git.git("lacking", "rev-parse", "refs/heads/main:broken/a.yaml")).trim();
    await rm(join(env.git.path("lacking"), "objects", blob.slice(0, 2), blob.slice(2)));
    await env.applyRepository("lacking", SYNC);
    await publishBeside({ env, packages }, "beside-lacking");
    expect(await messageOf(env, "lacking", "BadObjects")).toContain(`object ${blob}`);
    await packages.waitForReason("catalog.lacking.web.v1", "Published");
    await deleteWithin(env, "lacking", 20_000);
  });
});
