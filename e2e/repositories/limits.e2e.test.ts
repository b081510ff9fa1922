import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { readyReason } from "../testenv/testenv.ts";

const it = testWithEnv("limits", {
  operator: { env: { PKGSERVER_LIMIT_REVISIONS: "3", PKGSERVER_LIMIT_REPOSITORIES: "2" } },
});

it.beforeAll(async ({ env }) => {
  for (const name of ["blue", "green", "red"]) await env.git.createRepository(name);
  await env.register("blue");
  await env.register("green");
});

describe("an operator with limits of objects", () => {
  it("shows the newest revisions of each package, and names and counts the others until there is room", async ({
    env,
    packages,
  }) => {
    const tags = ["dns/v1", "dns/v2", "dns/v3", "web/v1", "web/v2"];
    await pushExternally(env.git, "blue", { files: { "dns/a.yaml": "a: 1\n", "web/a.yaml": "a: 1\n" }, tags });
    const { status } = await env.sync("blue");
    const names = async () => (await env.revisions()).map(({ metadata }) => metadata.name).sort();
    expect(await names()).toEqual(["catalog.blue.dns.v2", "catalog.blue.dns.v3", "catalog.blue.web.v2"]);
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready).toMatchObject({ status: "True", reason: "Synced" });
    expect(ready?.message).toContain("2 package revisions are not shown: it has the 3 package revisions");
    expect(ready?.message).toContain("limits.revisions, PKGSERVER_LIMIT_REVISIONS");
    expect(status).toMatchObject({ revisions: 5, skippedCount: 2 });
    expect(status?.skipped?.map(({ ref, reason }) => [ref, reason])).toEqual([
      ["refs/tags/web/v1", "TooManyRevisions"],
      ["refs/tags/dns/v1", "TooManyRevisions"],
    ]);
    // What is shown goes on, and room is used as soon as there is some.
    await packages.waitForReason("catalog.blue.dns.v2", "Published");
    await packages.setLifecycle("catalog.blue.dns.v2", "deletionProposed");
    await packages.waitForReason("catalog.blue.dns.v2", "DeletionProposed");
    await packages.delete("catalog.blue.dns.v2", "bob");
    // The second newest one by now.
    await packages.waitForReason("catalog.blue.dns.v1", "Published");
    expect((await env.sync("blue")).status?.skipped?.map(({ ref }) => ref)).toEqual(["refs/tags/web/v1"]);
  });

  it("uses the oldest Repositories of a namespace, and the next one when one is deleted", async ({ env }) => {
    await env.applyRepository("red");
    const refused = await env.waitForRepository("red", "TooManyRepositories");
    const stalled = refused.status?.conditions?.find(({ type }) => type === "Stalled");
    expect(stalled?.message).toBe(
      "a namespace has at most 2 Repositories, and as many are older: delete one of them, or raise the limit " +
        "(limits.repositories, PKGSERVER_LIMIT_REPOSITORIES)",
    );
    expect(readyReason(await env.repository("green"))).toBe("Synced");
    await env.as("admin")("delete", "pkgrepo", "green");
    await env.waitForRepository("red", "Synced");
  });
});
