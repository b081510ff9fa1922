import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { pushExternally } from "../../testenv/external-push.ts";
import { readyReason } from "../../testenv/testenv.ts";
import { testWithNeighbour } from "./fixtures.ts";

const SYNC = { sync: { interval: "24h" } };

/** Requests to a remote with 200 tags, none of which can be fetched: a few for each, and not without an end. */
const MAX_REQUESTS = 500;

const it = testWithNeighbour("remotes", {
  operator: { env: { PKGSERVER_GIT_LIMIT_MIRROR_SIZE: "4Mi", PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE: "64Mi" } },
});

describe("a remote that is too large for the disk", () => {
  it("is DiskLimitExceeded with both numbers and the setting, and keeps what was read", async ({
    env,
    hostile,
    neighbour,
  }) => {
    await env.git.createRepository("large");
    await pushExternally(env.git, "large", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    await hostile.register("large", SYNC);
    await pushExternally(env.git, "large", { files: { "web/b.bin": randomBytes(8 * 1024 ** 2) } });
    await neighbour.isUnhurtBy(async ({ hasPublished }) => {
      await hostile.requestSync("large");
      const message = await hostile.waitForMessage("large", "DiskLimitExceeded");
      expect(message).toContain("more than 4 MiB of the operator's disk (gitLimits.mirrorSize, ");
      expect(message).toMatch(/there were [0-3](\.\d)? MiB$/);
      await hostile.requestSyncsUntil("large", hasPublished);
    });
    expect(readyReason(await hostile.revision("catalog.large.web.v1"))).toBe("Published");
    await hostile.deleteRepository("large", { timeoutMs: 20_000 });
  });
});

describe("a remote that lacks a blob of its own", () => {
  it("names it within seconds, shows the packages that can be read, and is deleted at once", async ({
    env,
    hostile,
    neighbour,
  }) => {
    await env.git.createRepository("lacking");
    await pushExternally(env.git, "lacking", { files: { "web/a.yaml": "a: 1\n" }, tags: ["web/v1"] });
    const tags = Array.from({ length: 200 }, (_, index) => `broken/v${index + 1}`);
    await pushExternally(env.git, "lacking", { files: { "broken/a.yaml": "a: lost\n" }, tags });
    const blob = (await env.git.git("lacking", "rev-parse", "refs/heads/main:broken/a.yaml")).trim();
    await rm(join(env.git.path("lacking"), "objects", blob.slice(0, 2), blob.slice(2)));
    await neighbour.isUnhurtBy(async ({ hasPublished }) => {
      await hostile.applyRepository("lacking", SYNC);
      expect(await hostile.waitForMessage("lacking", "BadObjects")).toContain(`object ${blob}`);
      await hostile.waitForReason("catalog.lacking.web.v1", "Published");
      const requests = env.git.requests().filter(({ path }) => path.startsWith("/lacking.git/"));
      expect(requests.length).toBeLessThan(MAX_REQUESTS);
      await hostile.requestSyncsUntil("lacking", hasPublished);
    });
    await hostile.deleteRepository("lacking", { timeoutMs: 20_000 });
  });
});
