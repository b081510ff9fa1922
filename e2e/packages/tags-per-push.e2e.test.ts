import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { nameOf } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("tags");

/** Writes the number of tags of each push to a file of the repository; slow enough that requests wait for it. */
const COUNT_TAGS = 'grep -c " refs/tags/" >> "$GIT_DIR/tags"\nsleep 0.3\n';

async function tagsOfPushes(env: TestEnv, name: string): Promise<readonly number[]> {
  const text = await readFile(join(env.git.path(name), "tags"), "utf8");
  return text.trim().split("\n").map(Number);
}

describe("spec.git.push.maxTags", () => {
  it("bounds the tags of every push, whatever waits, and applies when it is changed", async ({ env, packages }) => {
    await env.git.createRepository("bounded");
    await env.register("bounded", {}, { push: { maxTags: 3 } });
    const ids = Array.from({ length: 8 }, (_, at) => ({ repository: "bounded", package: `p${at}`, workspace: "one" }));
    const init = { spec: { tasks: [{ type: "init" }] } };
    const names = await Promise.all(ids.map((id) => packages.createDraft(id, undefined, init)));
    await Promise.all(names.map((name) => packages.propose(name)));
    await env.git.setHooks("bounded", { preReceive: COUNT_TAGS });

    await Promise.all(names.map((name) => packages.publish(name)));

    const published = await tagsOfPushes(env, "bounded");
    expect(published.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(Math.max(...published)).toBeLessThanOrEqual(3);
    expect(published.length).toBeLessThanOrEqual(4);
    expect((await createGitReader(env.git, "bounded").refs()).length).toBe(8);

    // A deletion creates a tombstone and deletes a tag: one does not exceed the limit beside others.
    await packages.request("admin", "merge", "repositories/bounded", { spec: { git: { push: { maxTags: 2 } } } });
    await env.sync("bounded");
    const deleted = names.slice(0, 3);
    await Promise.all(deleted.map((name) => packages.setLifecycle(name, "deletionProposed")));
    await Promise.all(deleted.map((name) => packages.waitForReason(name, "DeletionProposed")));
    await Promise.all(deleted.map((name) => packages.delete(name, "bob")));
    await Promise.all(deleted.map((name) => packages.waitUntilGone(name)));
    expect((await tagsOfPushes(env, "bounded")).slice(published.length)).toEqual([2, 2, 2]);
    await packages.waitForReason(nameOf({ repository: "bounded", package: "p7", workspace: "one" }), "Published");
  });

  it.for([[0], [101], [1.5]] as const)("cannot be %d", async ([maxTags], { env }) => {
    await env.git.createRepository("invalid");
    await expect(env.applyRepository("invalid", {}, { push: { maxTags } })).rejects.toThrow("spec.git.push.maxTags");
  });
});
