import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import { GitError } from "../../storage/git/errors.ts";
import { BareRepository } from "../../storage/git/mirror/bare-repository.ts";
import { Mirror } from "../../storage/git/mirror/mirror.ts";
import { cacheIn, type Env, gitIn, it, KEY, MINUTE, namesIn, V1 } from "./testing/env.ts";

/** Commits a package `web` to a branch, and loses its file. Returns the blob's id. */
async function loseBlob(env: Env, branch: string): Promise<string> {
  const tree = join(env.dir, `tree-${branch}`);
  await mkdir(join(tree, "web"), { recursive: true });
  await writeFile(join(tree, "web", "Kptfile"), `of: ${branch}\n`);
  await gitIn(env, "read-tree", "main");
  await gitIn(env, "--work-tree", tree, "add", "web");
  const written = await gitIn(env, "write-tree");
  const commit = await gitIn(env, "commit-tree", "-m", "web", "-p", "main", written);
  await gitIn(env, "update-ref", `refs/heads/${branch}`, commit);
  const blob = await gitIn(env, "rev-parse", `${commit}:web/Kptfile`);
  await rm(join(env.remote, "objects", blob.slice(0, 2), blob.slice(2)));
  return blob;
}

const fetchesOf = (run: { mock: { calls: unknown[][] } }) =>
  run.mock.calls.filter(([args]) => (args as readonly string[])[0] === "fetch").length;

describe("a remote that lacks a blob of its published branch", () => {
  it("is reported with the blob, has its sound tags shown, and is not asked for it again", async ({ env }) => {
    const blob = await loseBlob(env, "main");
    const commit = await gitIn(env, "rev-parse", "main");
    const tags = Array.from({ length: 300 }, (_, at) => `${commit} refs/tags/web/v${at + 1}`).sort();
    await writeFile(join(env.remote, "packed-refs"), `# pack-refs with: sorted \n${tags.join("\n")}\n`);
    const run = vi.spyOn(BareRepository.prototype, "runRemote");
    env.set();
    await expect(env.reconcile()).rejects.toMatchObject({ reason: "BadObjects" });
    expect(env.ready()).toMatchObject({ reason: "BadObjects", message: expect.stringContaining(blob) });
    expect(namesIn(env)).toEqual([V1]);
    const fetches = fetchesOf(run);
    expect(fetches).toBeLessThanOrEqual(80);
    for (let again = 0; again < 5; again++) {
      await expect(env.reconcile()).rejects.toMatchObject({ reason: "BadObjects" });
    }
    // What was not tried yet, in a few fetches each time.
    expect(fetchesOf(run) - fetches).toBeLessThanOrEqual(5 * 16);
  });

  it("is tried again at once if a user asks for that", async ({ env }) => {
    const blob = await loseBlob(env, "main");
    env.set();
    await expect(env.reconcile()).rejects.toThrow(blob);
    const lost = join(env.dir, "lost");
    await writeFile(lost, "of: main\n");
    await gitIn(env, "hash-object", "-w", lost);
    await expect(env.reconcile()).rejects.toThrow(blob);
    env.set({}, { annotations: { [ANNOTATION_SYNC]: "repaired" } });
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
  });
});

describe("a remote that lacks a blob of one draft", () => {
  it("is Synced, with the ref and the blob in the message", async ({ env }) => {
    const blob = await loseBlob(env, "web/broken");
    env.set();
    await env.reconcile();
    const message = env.ready()?.message ?? "";
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
    expect(message).toContain("refs that cannot be read: 1 (status.skipped), the first: refs/heads/web/broken: ");
    expect(message).toContain(blob);
    expect(namesIn(env)).toEqual([V1]);
  });
});

describe("a remote above a limit", () => {
  it("is not asked again for five minutes, keeps what was read, and is asked at once if a user asks", async ({
    env,
  }) => {
    env.set();
    await env.reconcile();
    const fetch = vi.spyOn(Mirror.prototype, "fetch").mockRejectedValue(new GitError("TooManyRefs", "at most 5"));
    env.passTime(MINUTE);
    for (let again = 0; again < 3; again++) await expect(env.reconcile()).rejects.toThrow("at most 5");
    expect(fetch).toHaveBeenCalledOnce();
    expect(env.ready()).toMatchObject({ status: "False", reason: "TooManyRefs" });
    expect([...cacheIn(env).store.revisions()]).toHaveLength(1);
    env.set({}, { annotations: { [ANNOTATION_SYNC]: "smaller" } });
    await expect(env.reconcile()).rejects.toThrow("at most 5");
    expect(fetch).toHaveBeenCalledTimes(2);
    fetch.mockRestore();
    env.passTime(5 * MINUTE);
    await env.reconcile();
    expect(env.ready()).toMatchObject({ status: "True", reason: "Synced" });
  });
});

describe("the deletion of a Repository", () => {
  it("ends its fetch, unless another Repository uses the mirror", async ({ env }) => {
    env.set();
    await env.reconcile();
    const shared = cacheIn(env).shared;
    const cancel = vi.spyOn(shared.mirror, "cancelFetch");
    const identity = { namespace: "default", url: env.remote, credentials: "" };
    await env.mirrors.acquire("default/other", identity, { url: env.remote });
    await env.mirrors.cancelFetch(KEY);
    expect(cancel).not.toHaveBeenCalled();
    await env.mirrors.release("default/other");
    await env.mirrors.cancelFetch(KEY);
    expect(cancel).toHaveBeenCalledOnce();
  });
});
