import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

const it = testWithEnv("large");

const LARGEST = "v999999999999999";
const IN_THE_WAY = "v1000000000000000";

describe("a user who may push tags with huge numbers", () => {
  it("does not choose the number of the next revision, nor the latest one", async ({ env, packages }) => {
    await env.git.createRepository("catalog");
    await env.register("catalog");
    const id = { repository: "catalog", package: "web", workspace: "one" };
    await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    const huge = [`v${"9".repeat(249)}`, "v9007199254740993", "v99999999999999999999", "v1.9999999999999999.0"];
    const tags = [...huge, `deleted-v${"9".repeat(241)}`, "deleted-v9007199254740993", IN_THE_WAY];
    await pushExternally(env.git, "catalog", {
      files: { "web/a.yaml": "a: 1\n" },
      tags: tags.map((tag) => `web/${tag}`),
    });
    await env.sync("catalog");
    const { status } = await env.repository("catalog");
    expect(status?.skippedReasons).toEqual([expect.objectContaining({ reason: "NotARevision", count: tags.length })]);
    const second = await packages.createPublished({ ...id, workspace: "two" }, { "a.yaml": "a: 2\n" });
    expect(second.status?.revision).toBe("v2");
    const { metadata } = await packages.get(second.metadata.name);
    expect(metadata.labels?.["pkg.pkgserver.dev/latest"]).toBe("true");
    // The largest number that counts leaves numbers for what comes after it, even if somebody took the first.
    await pushExternally(env.git, "catalog", { files: { "web/a.yaml": "a: 3\n" }, tags: [`web/${LARGEST}`] });
    await env.sync("catalog");
    await packages.waitForReason(`catalog.catalog.web.${LARGEST}`, "Published");
    const third = await packages.createPublished({ ...id, workspace: "three" }, { "a.yaml": "a: 4\n" });
    expect(third.status?.revision).toBe("v1000000000000001");
    await packages.setLifecycle(third.metadata.name, "deletionProposed");
    await packages.waitForReason(third.metadata.name, "DeletionProposed");
    await packages.delete(third.metadata.name, "bob");
    await packages.waitUntilGone(third.metadata.name);
    const fourth = await packages.createPublished({ ...id, workspace: "four" }, { "a.yaml": "a: 5\n" });
    expect(fourth.status?.revision).toBe("v1000000000000002");
  });
});
