import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("delheld");
const FILES = { "a.yaml": "a: 1\n" };
const REFUSED = "is being deleted, and a deletion cannot be taken back";
/** More than the operator tries until the test lets it through. */
const MANY = 1000;

describe("deletion: while the remote does not answer", () => {
  it("is not taken back: the request is refused, and the deletion carried out later", async ({ env, packages }) => {
    await env.git.createRepository("away");
    await env.register("away", { sync: { interval: "1h" } });
    const git = createGitReader(env.git, "away");
    const id = { repository: "away", package: "net", workspace: "one" };
    const { metadata } = await packages.createPublished(id, FILES);
    await packages.setLifecycle(metadata.name, "deletionProposed");
    await packages.waitForReason(metadata.name, "DeletionProposed");
    env.git.failNext(MANY, 503);
    await packages.delete(metadata.name, "bob");
    for (const user of ["alice", "bob", "admin"] as const) {
      await expect(packages.setLifecycle(metadata.name, "published", user)).rejects.toThrow(REFUSED);
    }
    expect(await git.refs()).toEqual(["tags/net/v1"]);
    env.git.failNext(0, 503);
    await packages.waitUntilGone(metadata.name);
    expect(await git.refs()).toEqual(["tags/net/deleted-v1"]);
  });

  it("takes no edit of a draft's files any more, which nothing would keep", async ({ env, packages }) => {
    await env.git.createRepository("edited");
    await env.register("edited", { sync: { interval: "1h" } });
    const name = await packages.createDraft({ repository: "edited", package: "net", workspace: "one" }, FILES);
    env.git.failNext(MANY, 503);
    await packages.delete(name);
    await waitUntil("the contents are frozen", async () => (await packages.contents(name)).status?.frozen === true);
    await expect(packages.edit(name, { "b.yaml": "b: 1\n" })).rejects.toThrow("none that is being deleted");
    await expect(packages.setLifecycle(name, "proposed")).rejects.toThrow(REFUSED);
    env.git.failNext(0, 503);
    await packages.waitUntilGone(name);
  });
});
