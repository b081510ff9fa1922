import { describe, expect } from "vitest";
import { type EnvOptions, test } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { type LaggingReads, startLaggingReads } from "../testenv/lagging-reads.ts";
import { nameOf } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = test
  .extend("host", { scope: "file" }, async ({}, { onCleanup }) => {
    const host = await startLaggingReads();
    onCleanup(host.close);
    return host;
  })
  // The host outlives the environment, whose end syncs once more.
  .extend("envOptions", { scope: "file" }, async ({ host }): Promise<EnvOptions> => ({ prefix: host.name }));

const SYNC = { interval: "24h" };

async function register(env: TestEnv, host: LaggingReads, name: string) {
  await env.git.createRepository(name);
  await host.replicate(env.git, name);
  await env.register(name, { sync: SYNC }, { url: host.url(name) });
  return createGitReader(env.git, name);
}

const reasonsOf = async (env: TestEnv, repository: string) => {
  const all = (await env.revisions()).filter(({ spec }) => spec.packageRevID.repository === repository);
  return all.map(({ metadata, status }) => [
    metadata.name.split(".").at(-1),
    status?.conditions?.find(({ type }) => type === "Ready")?.reason,
  ]);
};

describe("a remote whose reads lag behind its pushes", () => {
  it("does not bring a deleted draft back", async ({ env, packages, host }) => {
    const git = await register(env, host, "deleted");
    const name = await packages.createDraft({ repository: "deleted", package: "web", workspace: "one" });
    await host.catchUp(env.git, "deleted");
    await env.sync("deleted");
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git.refs()).toEqual([expect.stringMatching(/^tags\/web\/deleted-one-/)]);
    for (let sync = 0; sync < 2; sync++) await env.sync("deleted");
    expect(await reasonsOf(env, "deleted")).toEqual([]);
    await host.catchUp(env.git, "deleted");
    await env.sync("deleted");
    expect(await reasonsOf(env, "deleted")).toEqual([]);
  });

  it("loses no draft, no edit and no publication, and reports nothing as rewritten", async ({
    env,
    packages,
    host,
  }) => {
    const git = await register(env, host, "kept");
    const id = { repository: "kept", package: "web", workspace: "one" };
    const name = await packages.createDraft(id, { "a.yaml": "a: 1\n" });
    await env.sync("kept");
    await packages.save(name, { "a.yaml": "a: 2\n" });
    await env.sync("kept");
    expect(await reasonsOf(env, "kept")).toEqual([["one", "Draft"]]);
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 2\n" });

    await packages.publish(name);
    const synced = await env.sync("kept");

    expect(await reasonsOf(env, "kept")).toEqual([["one", "Published"]]);
    expect(synced.status?.conditions?.[0]).toMatchObject({ type: "Ready", reason: "Synced" });
    expect(synced.status?.commit).toBe(await git("rev-parse", "main"));
    await packages.createDraft({ ...id, workspace: "two" });
    await host.catchUp(env.git, "kept");
    await env.sync("kept");
    expect(Object.fromEntries(await reasonsOf(env, "kept"))).toEqual({ one: "Published", two: "Draft" });
  });

  it("does not hide what another client really sets back", async ({ env, packages, host }) => {
    const git = await register(env, host, "set-back");
    const id = { repository: "set-back", package: "web", workspace: "one" };
    await packages.createDraft(id);
    await git("update-ref", "-d", "refs/heads/web/one");
    await env.sync("set-back");
    await packages.waitForReason(nameOf(id), "BranchMissing");
    await packages.delete(nameOf(id));
    await packages.waitUntilGone(nameOf(id));
    await host.catchUp(env.git, "set-back");
  });
});
