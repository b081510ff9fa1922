import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { generatePrivateKey } from "../signing/private-key.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { advertisement, isListing } from "../testing/hostile-remote.ts";

describe("Mirror.fetch", () => {
  it("of an empty repository finds no refs", async ({ repository }) => {
    const mirror = await repository.openMirror();
    expect(await mirror.fetch()).toEqual([]);
    expect(mirror.refs().size).toBe(0);
  });

  it("reports refs that were created, moved and deleted, with tags peeled", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "a", "1");
    await repository.commitFile("refs/heads/x/draft", "a", "2");
    await repository.git("tag", "-a", "-m", "one", "a/v1", first);
    await repository.git("tag", "-a", "-m", "twice", "a/v2", "a/v1");
    await repository.git("tag", "plain", first);
    await repository.git("tag", "tree", `${first}^{tree}`);
    const mirror = await repository.openMirror();

    const appeared = await mirror.fetch();
    expect(appeared.map(({ ref, before }) => [ref, before]).sort()).toEqual(
      [MAIN, "refs/heads/x/draft", "refs/tags/a/v1", "refs/tags/a/v2", "refs/tags/plain", "refs/tags/tree"].map(
        (ref) => [ref, undefined],
      ),
    );
    const types = [...mirror.refs().values()].map(({ name, type, commit }) => [name, type, commit === first]).sort();
    expect(types).toEqual([
      [MAIN, "commit", true],
      ["refs/heads/x/draft", "commit", false],
      ["refs/tags/a/v1", "tag", true],
      ["refs/tags/a/v2", "tag", true],
      ["refs/tags/plain", "commit", true],
      ["refs/tags/tree", "tree", false],
    ]);
    expect(mirror.refs().get("refs/tags/tree")).not.toHaveProperty("commit");

    expect(await mirror.fetch()).toEqual([]);

    const second = await repository.commitFile(MAIN, "a", "3");
    await repository.git("update-ref", "-d", "refs/heads/x/draft");
    // A branch in the place where a folder of branches was.
    await repository.git("update-ref", "refs/heads/x", second);
    const moved = await mirror.fetch();
    expect(moved.map(({ ref, before, after }) => [ref, before?.oid === first, after?.oid === second]).sort()).toEqual([
      [MAIN, true, true],
      ["refs/heads/x", false, true],
      ["refs/heads/x/draft", false, false],
    ]);
  });

  it("follows a branch whose history was rewritten", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await repository.git("update-ref", "-d", MAIN);
    const rewritten = await repository.commitFile(MAIN, "b", "1");
    await mirror.fetch();
    expect(mirror.refs().get(MAIN)?.oid).toBe(rewritten);
  });

  it("fetches hundreds of refs in one go", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    const lines = Array.from({ length: 500 }, (_, index) => `${commit} refs/heads/p/${index}\n`);
    await writeFile(join(repository.bare, "packed-refs"), lines.sort().join(""));
    const mirror = await repository.openMirror();
    expect((await mirror.fetch()).length).toBe(501);
    expect(mirror.refs().get("refs/heads/p/77")).toEqual({
      name: "refs/heads/p/77",
      oid: commit,
      type: "commit",
      commit,
    });
  });

  it("reports a deletion that an interrupted fetch has already made on disk", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    await repository.git("update-ref", "refs/heads/gone", commit);
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await mirror.repository.runLocal(["update-ref", "-d", "refs/heads/gone"]);
    await repository.git("update-ref", "-d", "refs/heads/gone");
    expect((await mirror.fetch()).map(({ ref, after }) => [ref, after])).toEqual([["refs/heads/gone", undefined]]);
  });

  it("leaves out refs whose objects fail git's checks, and fetches the others", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    const bad = await repository.git("commit-tree", await repository.writeBadTree(commit), "-m", "x");
    await repository.git("update-ref", "refs/heads/bad", bad);
    const mirror = await repository.openMirror();
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual([MAIN]);
    expect([...mirror.refusedRefs()]).toEqual([
      [
        "refs/heads/bad",
        { ref: "refs/heads/bad", oid: bad, reason: "BadObjects", message: expect.stringContaining("hasDotgit") },
      ],
    ]);
    expect(await mirror.fetch()).toEqual([]);
    await repository.git("update-ref", "refs/heads/bad", commit);
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual(["refs/heads/bad"]);
    expect(mirror.refusedRefs().size).toBe(0);
  });

  it("runs no hooks, even those in the directory of the mirror", async ({ repository }) => {
    const mirror = await repository.openMirror();
    const marker = join(repository.folder, "ran");
    await mkdir(join(mirror.repository.dir, "hooks"), { recursive: true });
    for (const name of ["reference-transaction", "post-update", "pre-push"]) {
      await writeFile(join(mirror.repository.dir, "hooks", name), `#!/bin/sh\ntouch ${marker}\n`);
      await chmod(join(mirror.repository.dir, "hooks", name), 0o755);
    }
    await repository.commitFile(MAIN, "a", "1");
    expect(await mirror.fetch()).toHaveLength(1);
    await expect(stat(marker)).rejects.toThrow();
  });

  it("asks the remote to list its refs three times if a branch is deleted meanwhile, and then goes on without it", async ({
    repository,
    serve,
  }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    let listings = 0;
    const server = await serve({
      intercept: (request, response) => {
        if (!isListing(request)) return false;
        listings++;
        // No repository has this object any more.
        const body = advertisement([
          [commit, MAIN],
          ["1".repeat(40), "refs/heads/gone"],
        ]);
        response.setHeader("Content-Type", "application/x-git-upload-pack-advertisement").end(body);
        return true;
      },
    });
    const mirror = await repository.openMirror({ remote: { url: `${server.url}/remote.git` } });
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual([MAIN]);
    // Three attempts of all refs, each of which lists them for ls-remote and for fetch, and one of each ref alone.
    expect(listings).toBe(3 * 2 + 2);
    const refused = mirror.refusedRefs().get("refs/heads/gone");
    expect(refused).toMatchObject({ reason: "BadObjects", message: expect.stringContaining("1".repeat(40)) });
  });

  it("reads a repository of the SHA-256 format", async ({ repository }) => {
    await rm(repository.bare, { recursive: true });
    await repository.git("init", "-q", "--bare", "--object-format=sha256", "--initial-branch=main");
    const commit = await repository.commitFile(MAIN, "a", "text");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    expect(commit).toHaveLength(64);
    const tree = (await mirror.reader.treeAt(commit, "")) ?? "";
    const [file] = await mirror.reader.files(tree);
    expect((await mirror.reader.blobs([file?.oid ?? ""])).map(String)).toEqual(["text"]);
  });
});

describe("Mirror.open", () => {
  it("loads the refs of an existing mirror without a fetch", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const reopened = await repository.openMirror();
    expect([...reopened.refs()]).toEqual([...mirror.refs()]);
  });

  it("lets nobody but its own user read the mirror, also one of an earlier version", async ({ repository }) => {
    const { dir } = (await repository.openMirror()).repository;
    const modeOf = async () => (await stat(dir)).mode & 0o777;
    expect(await modeOf()).toBe(0o700);
    await chmod(dir, 0o755);
    await repository.openMirror();
    expect(await modeOf()).toBe(0o700);
  });

  it("replaces a directory that is not a mirror", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    await mkdir(join(repository.folder, "mirror.git"));
    await writeFile(join(repository.folder, "mirror.git", "stray"), "x");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    expect(mirror.refs().has(MAIN)).toBe(true);
    await expect(stat(join(mirror.repository.dir, "stray"))).rejects.toThrow();
  });

  it("replaces the mirror of another URL", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const other = await repository.openMirror({ remote: { url: `${repository.bare}/` } });
    expect(other.refs().size).toBe(0);
  });
});

describe("Mirror.close", () => {
  it("deletes the keys, which only the owner could read", async ({ repository }) => {
    const privateKey = generatePrivateKey();
    const mirror = await repository.openMirror({
      remote: {
        url: "ssh://git@git.invalid/x",
        credentials: { kind: "ssh", privateKey, knownHosts: "hosts" },
        caCertificate: "certificate",
      },
    });
    const folder = `${mirror.repository.dir}.access`;
    const modes = await Promise.all(
      (await readdir(folder)).map(async (name) => [name, (await stat(join(folder, name))).mode & 0o777]),
    );
    expect(Object.fromEntries(modes)).toEqual({
      id: 0o600,
      known_hosts: 0o600,
      "ca.crt": 0o600,
      "run-group.sh": 0o600,
    });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(folder, "id"), "utf8")).toBe(privateKey);
    await mirror.close();
    await expect(stat(folder)).rejects.toThrow();
  });
});
