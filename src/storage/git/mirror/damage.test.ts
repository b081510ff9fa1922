import { rmSync } from "node:fs";
import { chmod, readdir, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { FailpointHook } from "../../../core/ports/failpoint.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { testSettings } from "../testing/repositories.ts";

describe("a damaged mirror", () => {
  it("is cloned again after an object could not be read, and reports only refs that moved", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const packs = join(mirror.repository.dir, "objects", "pack");
    const pack = (await readdir(packs)).find((name) => name.endsWith(".pack")) ?? "";
    await chmod(join(packs, pack), 0o600);
    await truncate(join(packs, pack), 20);
    await expect(mirror.reader.commit(commit)).rejects.toMatchObject({ reason: "MirrorCorrupt" });
    const second = await repository.commitFile(MAIN, "a", "2");
    const changes = await mirror.fetch();
    expect(changes.map(({ ref, before, after }) => [ref, before?.oid, after?.oid])).toEqual([[MAIN, commit, second]]);
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
  });

  it("keeps its refs until the clone is complete, and calls watchers only for refs that moved", async ({
    repository,
  }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    await repository.git("update-ref", "refs/heads/kept", commit);
    await repository.git("update-ref", "refs/heads/gone", commit);
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const watched: string[] = [];
    const unwatch = mirror.watchRefs((ref) => watched.push(ref));
    mirror.reportDamage();
    // The new clone begins and cannot be completed.
    await rename(repository.bare, `${repository.bare}.away`);
    await expect(mirror.fetch()).rejects.toMatchObject({ reason: "RepositoryNotFound" });
    expect([...mirror.refs().keys()].sort()).toEqual(["refs/heads/gone", "refs/heads/kept", MAIN]);
    expect(watched).toEqual([]);

    await rename(`${repository.bare}.away`, repository.bare);
    await repository.git("update-ref", "-d", "refs/heads/gone");
    await repository.commitFile(MAIN, "a", "2");
    expect((await mirror.fetch()).map(({ ref }) => ref).sort()).toEqual(["refs/heads/gone", MAIN]);
    expect(watched.sort()).toEqual(["refs/heads/gone", MAIN]);
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
    unwatch();
    await repository.git("update-ref", "-d", "refs/heads/kept");
    expect(await mirror.fetch()).toHaveLength(1);
    expect(watched).toHaveLength(2);
  });

  it("is cloned again after its directory was deleted", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await rm(mirror.repository.dir, { recursive: true });
    await repository.commitFile(MAIN, "a", "2");
    await mirror.fetch();
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
  });

  it.for(["before", "after"] as const)(
    "is cloned again if its directory is deleted %s the fetch of the clone",
    async (when, { repository }) => {
      const commit = await repository.commitFile(MAIN, "a", "1");
      await repository.git("update-ref", "refs/heads/other", commit);
      let isArmed = false;
      const onFailpoint: FailpointHook = (effect, moment) => {
        if (!isArmed || effect !== "git fetch" || moment !== when) return;
        isArmed = false;
        rmSync(join(repository.folder, "mirror.git"), { recursive: true });
      };
      const mirror = await repository.openMirror({ settings: { ...testSettings, onFailpoint } });
      await mirror.fetch();
      mirror.reportDamage();
      isArmed = true;
      await mirror.fetch();
      expect(isArmed).toBe(false);
      expect(mirror.refusedRefs().size).toBe(0);
      expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
    },
  );

  it("is not opened again after it was closed", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    mirror.reportDamage();
    await mirror.close();
    const reopened = await repository.openMirror();
    expect(reopened.refs().size).toBe(0);
  });
});
