import { rmSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FailpointHook } from "../../../core/ports/failpoint.ts";
import { TestRepository, testSettings } from "../testing/repositories.ts";

describe("Mirror", () => {
  let repository: TestRepository;

  beforeEach(async () => {
    repository = await TestRepository.create();
  });
  afterEach(() => repository.close());

  it("takes an empty repository", async () => {
    const mirror = await repository.openMirror();
    expect(await mirror.fetch()).toEqual([]);
    expect(mirror.refs().size).toBe(0);
  });

  it("says what appeared, moved and went, with tags peeled", async () => {
    const first = await repository.commitFile("refs/heads/main", "a", "1");
    await repository.commitFile("refs/heads/x/draft", "a", "2");
    await repository.git("tag", "-a", "-m", "one", "a/v1", first);
    await repository.git("tag", "-a", "-m", "twice", "a/v2", "a/v1");
    await repository.git("tag", "plain", first);
    await repository.git("tag", "tree", `${first}^{tree}`);
    const mirror = await repository.openMirror();

    const appeared = await mirror.fetch();
    expect(appeared.map(({ ref, before }) => [ref, before]).sort()).toEqual(
      [
        "refs/heads/main",
        "refs/heads/x/draft",
        "refs/tags/a/v1",
        "refs/tags/a/v2",
        "refs/tags/plain",
        "refs/tags/tree",
      ].map((ref) => [ref, undefined]),
    );
    const types = [...mirror.refs().values()].map(({ name, type, commit }) => [name, type, commit === first]).sort();
    expect(types).toEqual([
      ["refs/heads/main", "commit", true],
      ["refs/heads/x/draft", "commit", false],
      ["refs/tags/a/v1", "tag", true],
      ["refs/tags/a/v2", "tag", true],
      ["refs/tags/plain", "commit", true],
      ["refs/tags/tree", "tree", false],
    ]);
    expect(mirror.refs().get("refs/tags/tree")).not.toHaveProperty("commit");

    expect(await mirror.fetch()).toEqual([]);

    const second = await repository.commitFile("refs/heads/main", "a", "3");
    await repository.git("update-ref", "-d", "refs/heads/x/draft");
    // A branch in the place where a folder of branches was.
    await repository.git("update-ref", "refs/heads/x", second);
    const moved = await mirror.fetch();
    expect(moved.map(({ ref, before, after }) => [ref, before?.oid === first, after?.oid === second]).sort()).toEqual([
      ["refs/heads/main", true, true],
      ["refs/heads/x", false, true],
      ["refs/heads/x/draft", false, false],
    ]);
  });

  it("follows a history that was rewritten", async () => {
    await repository.commitFile("refs/heads/main", "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await repository.git("update-ref", "-d", "refs/heads/main");
    const anew = await repository.commitFile("refs/heads/main", "b", "1");
    await mirror.fetch();
    expect(mirror.refs().get("refs/heads/main")?.oid).toBe(anew);
  });

  it("fetches many refs at once", async () => {
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
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

  it("is taken up again without a fetch", async () => {
    await repository.commitFile("refs/heads/main", "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const again = await repository.openMirror();
    expect([...again.refs()]).toEqual([...mirror.refs()]);
  });

  it("replaces a folder that is foreign", async () => {
    await repository.commitFile("refs/heads/main", "a", "1");
    await mkdir(join(repository.folder, "mirror.git"));
    await writeFile(join(repository.folder, "mirror.git", "stray"), "x");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    expect(mirror.refs().has("refs/heads/main")).toBe(true);
    await expect(stat(join(mirror.repository.dir, "stray"))).rejects.toThrow();
  });

  it("clones anew when an object is damaged, and says only what is new", async () => {
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const packs = join(mirror.repository.dir, "objects", "pack");
    const pack = (await readdir(packs)).find((name) => name.endsWith(".pack")) ?? "";
    await chmod(join(packs, pack), 0o600);
    await truncate(join(packs, pack), 20);
    await expect(mirror.reader.commit(commit)).rejects.toMatchObject({ reason: "ObjectMissing" });
    const second = await repository.commitFile("refs/heads/main", "a", "2");
    const changes = await mirror.fetch();
    expect(changes.map(({ ref, before, after }) => [ref, before?.oid, after?.oid])).toEqual([
      ["refs/heads/main", commit, second],
    ]);
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
  });

  it("keeps the refs it has seen until a damaged mirror is whole again, and tells watchers only what moved", async () => {
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
    await repository.git("update-ref", "refs/heads/kept", commit);
    await repository.git("update-ref", "refs/heads/gone", commit);
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const told: string[] = [];
    const unwatch = mirror.watchRefs((ref) => told.push(ref));
    mirror.reportDamage();
    // The new clone is begun and cannot be completed.
    await rename(repository.bare, `${repository.bare}.away`);
    await expect(mirror.fetch()).rejects.toMatchObject({ reason: "RepositoryNotFound" });
    expect([...mirror.refs().keys()].sort()).toEqual(["refs/heads/gone", "refs/heads/kept", "refs/heads/main"]);
    expect(told).toEqual([]);

    await rename(`${repository.bare}.away`, repository.bare);
    await repository.git("update-ref", "-d", "refs/heads/gone");
    await repository.commitFile("refs/heads/main", "a", "2");
    expect((await mirror.fetch()).map(({ ref }) => ref).sort()).toEqual(["refs/heads/gone", "refs/heads/main"]);
    expect(told.sort()).toEqual(["refs/heads/gone", "refs/heads/main"]);
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
    unwatch();
    await repository.git("update-ref", "-d", "refs/heads/kept");
    expect(await mirror.fetch()).toHaveLength(1);
    expect(told).toHaveLength(2);
  });

  it("deletes again what an interrupted fetch had deleted on disk", async () => {
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
    await repository.git("update-ref", "refs/heads/gone", commit);
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await mirror.repository.runLocal(["update-ref", "-d", "refs/heads/gone"]);
    await repository.git("update-ref", "-d", "refs/heads/gone");
    expect((await mirror.fetch()).map(({ ref, after }) => [ref, after])).toEqual([["refs/heads/gone", undefined]]);
  });

  it("finds where histories part", async () => {
    const base = await repository.commitFile("refs/heads/main", "a", "1");
    await repository.git("update-ref", "refs/heads/side", base);
    const main = await repository.commitFile("refs/heads/main", "a", "2");
    const side = await repository.commitFile("refs/heads/side", "b", "3");
    const other = await repository.commitFile("refs/heads/other", "c", "4");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    expect(await mirror.history.mergeBase(main, side)).toBe(base);
    expect(await mirror.history.mergeBase(main, other)).toBeUndefined();
    expect([await mirror.history.contains(main, base), await mirror.history.contains(main, side)]).toEqual([
      true,
      false,
    ]);
    expect(await mirror.history.contains(main, "1".repeat(40))).toBe(false);
    expect(await mirror.history.contains("1".repeat(40), main)).toBe(false);
  });

  it("finds who changed a folder last, but for what lies in it and is not meant", async () => {
    const first = await repository.commitFile("refs/heads/main", "a*/x", "1");
    await repository.commitFile("refs/heads/main", "a*/inner/y", "1");
    const head = await repository.commitFile("refs/heads/main", "ab/z", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const author = (await mirror.reader.commit(first)).author.name;
    expect(await mirror.history.changesOf(head, "a*", ["a*/inner"], 1)).toEqual([{ commit: first, author }]);
    expect(await mirror.history.changesOf(head, "nowhere", [], 1)).toEqual([]);
  });

  it("clones anew when the folder went away under it", async () => {
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await rm(mirror.repository.dir, { recursive: true });
    await repository.commitFile("refs/heads/main", "a", "2");
    await mirror.fetch();
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
  });

  it.each(["before", "after"] as const)(
    "clones anew when the folder goes away %s a fetch into a new one",
    async (when) => {
      const commit = await repository.commitFile("refs/heads/main", "a", "1");
      await repository.git("update-ref", "refs/heads/other", commit);
      let isToGo = false;
      const onFailpoint: FailpointHook = (effect, moment) => {
        if (!isToGo || effect !== "git fetch" || moment !== when) return;
        isToGo = false;
        rmSync(join(repository.folder, "mirror.git"), { recursive: true });
      };
      const mirror = await repository.openMirror({ settings: { ...testSettings, onFailpoint } });
      await mirror.fetch();
      mirror.reportDamage();
      isToGo = true;
      await mirror.fetch();
      expect(isToGo).toBe(false);
      expect(mirror.refusedRefs().size).toBe(0);
      expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
    },
  );

  it("reads a repository of the SHA-256 format", async () => {
    await rm(repository.bare, { recursive: true });
    await repository.git("init", "-q", "--bare", "--object-format=sha256", "--initial-branch=main");
    const commit = await repository.commitFile("refs/heads/main", "a", "text");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    expect(commit).toHaveLength(64);
    const tree = (await mirror.reader.treeAt(commit, "")) ?? "";
    const [file] = await mirror.reader.files(tree);
    expect((await mirror.reader.blobs([file?.oid ?? ""])).map(String)).toEqual(["text"]);
  });

  it("keeps keys in files of its own user, until it is closed", async () => {
    const mirror = await repository.openMirror({
      remote: {
        url: "ssh://git@git.invalid/x",
        credentials: { kind: "ssh", privateKey: "key", knownHosts: "hosts" },
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
    expect(await readFile(join(folder, "id"), "utf8")).toBe("key\n");
    await mirror.close();
    await expect(stat(folder)).rejects.toThrow();
  });
});
