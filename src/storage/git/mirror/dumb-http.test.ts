import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { waitUntil } from "../../../../e2e/harness/wait.ts";
import { it as base, MAIN } from "../testing/fixtures.ts";

const REFUSED = { reason: "RepositoryNotFound", message: expect.stringContaining("smart protocol") };

/** A remote whose server speaks the dumb protocol for some services, and a folder that git's checks refuse. */
const it = base.extend("remote", async ({ repository, serve }) => {
  const dumb = new Set<string>();
  const held = new Map<string, (response: ServerResponse) => void>();
  const server = await serve({
    intercept: ({ url = "" }, response) => {
      const [, service = ""] = /\/info\/refs\?service=(.*)/.exec(url) ?? [];
      const [end, hold] = [...held].find(([suffix]) => url.endsWith(`/${suffix}`)) ?? [];
      if (end !== undefined) {
        held.delete(end);
        hold?.(response);
        return true;
      }
      if (!dumb.has(service)) return false;
      void readFile(join(repository.bare, "info/refs")).then((refs) => response.end(refs));
      return true;
    },
  });
  /** Returns the commit. */
  const pushUnchecked = async (): Promise<string> => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    const tree = await repository.writeBadTree(commit);
    const bad = await repository.git("commit-tree", "-m", "x", tree);
    await repository.git("update-ref", "refs/heads/bad", bad);
    await repository.git("update-server-info");
    return bad;
  };
  /** The response to the next request for this path: it has none until the test ends it. */
  const holdNext = async (suffix: string) =>
    await new Promise<ServerResponse>((resolve) => void held.set(suffix, resolve));
  return { dumb, holdNext, pushUnchecked, url: `${server.url}/remote.git` };
});

async function addFile(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, randomBytes(19).toString("hex")), "");
}

describe("a server that speaks the dumb protocol, in which git checks no object", () => {
  it("is not read", async ({ repository, remote }) => {
    await remote.pushUnchecked();
    remote.dumb.add("git-upload-pack");
    const mirror = await repository.openMirror({ remote: { url: remote.url } });
    await expect(mirror.fetch()).rejects.toMatchObject(REFUSED);
    expect(mirror.refs().size).toBe(0);
    remote.dumb.clear();
    await mirror.fetch();
    expect([...mirror.refs().keys()]).toEqual([MAIN]);
  });

  it("leaves no object in the mirror, if it speaks it for the fetch alone", async ({ repository, remote }) => {
    const first = await repository.commitFile(MAIN, "a", "0");
    const mirror = await repository.openMirror({ remote: { url: remote.url } });
    await mirror.fetch();
    const bad = await remote.pushUnchecked();
    remote.dumb.add("git-upload-pack");
    const fetch = ["fetch", "--no-write-fetch-head", "--refmap=", "--stdin", "origin"];
    const run = mirror.repository.runRemote(fetch, 60_000, { input: `${bad}\n` });
    await expect(run).rejects.toMatchObject(REFUSED);
    expect(mirror.refs().get(MAIN)?.commit).toBe(first);
    remote.dumb.clear();
    await mirror.fetch();
    expect([...mirror.refs().keys()]).toEqual([MAIN]);
    expect(await mirror.reader.info(bad)).toBeUndefined();
    expect(mirror.refusedRefs().get("refs/heads/bad")?.reason).toBe("BadObjects");
  });

  it("does not do so through an operator that was killed meanwhile", async ({ repository, remote }) => {
    const commit = await repository.commitFile(MAIN, "a", "0");
    const how = { remote: { url: remote.url } };
    const reopen = async (change: (dir: string) => Promise<void>) => {
      const mirror = await repository.openMirror(how);
      await mirror.fetch();
      await mirror.close();
      await change(mirror.repository.dir);
      return (await repository.openMirror(how)).refs().size;
    };
    for (const name of ["http-fetching-1-1", "http-pushing-1-1"]) {
      const mark = async (dir: string) => await writeFile(join(dir, name), "");
      expect(await reopen(mark)).toBe(1);
      const addObject = async (dir: string) => {
        await mark(dir);
        const { ctimeMs } = await stat(join(dir, name));
        // Another step of the file system's clock, as objects that a server sends arrive in.
        await waitUntil("a file has a later time", async () => {
          await addFile(join(dir, "objects", commit.slice(0, 2)));
          return (await stat(join(dir, "objects", commit.slice(0, 2)))).ctimeMs > ctimeMs + 1;
        });
      };
      expect(await reopen(addObject)).toBe(0);
    }
  });

  it("is told from one that has answered a push in the smart protocol: only until then a push is marked", async ({
    repository,
    remote,
  }) => {
    await repository.commitFile(MAIN, "a", "0");
    const mirror = await repository.openMirror({ remote: { url: remote.url } });
    await mirror.fetch();
    const marks = async () => (await readdir(mirror.repository.dir)).filter((name) => name.startsWith("http-"));
    for (const [request, count] of [
      ["info/refs?service=git-receive-pack", 1],
      ["git-receive-pack", 0],
    ] as const) {
      const held = remote.holdNext(request);
      const push = mirror.repository.runRemote(["push", "origin", `${MAIN}:refs/heads/held-${count}`], 60_000);
      const response = await held;
      await waitUntil(`${count} pushes are marked`, async () => (await marks()).length === count);
      response.destroy();
      // curl repeats a request whose connection was closed.
      await push;
      expect(await marks()).toEqual([]);
    }
  });

  it("is not pushed to", async ({ repository, remote }) => {
    await repository.commitFile(MAIN, "a", "0");
    const mirror = await repository.openMirror({ remote: { url: remote.url } });
    await mirror.fetch();
    await repository.git("update-server-info");
    remote.dumb.add("git-receive-pack");
    const push = mirror.repository.runRemote(["push", "origin", `${MAIN}:refs/heads/other`], 60_000);
    await expect(push).rejects.toMatchObject(REFUSED);
  });
});
