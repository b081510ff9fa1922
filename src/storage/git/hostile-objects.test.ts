import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { MAIN } from "./testing/fixtures.ts";
import { it } from "./testing/hostile-servers.ts";

describe("a remote with bad objects", () => {
  it("has many bad refs refused and all sound refs fetched", async ({ repository, commit }) => {
    const tree = await repository.writeBadTree(commit);
    for (let index = 0; index < 16; index++) {
      const bad = await repository.git("commit-tree", tree, "-m", `bad ${index}`);
      await repository.git("update-ref", `refs/heads/${index}-bad`, bad);
      await repository.git("update-ref", `refs/heads/${index}-good`, commit);
    }
    const mirror = await repository.openMirror();
    expect(await mirror.fetch()).toHaveLength(17);
    expect(mirror.refusedRefs().size).toBe(16);
  });

  it("that lacks objects of one ref has that ref refused, and the mirror is not cloned again", async ({
    repository,
    commit,
  }) => {
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const broken = await repository.commitFile("refs/heads/broken", "b", "2");
    await repository.commitFile(MAIN, "c", "3");
    const blob = await repository.git("rev-parse", `${broken}:b`);
    await rm(join(repository.bare, "objects", blob.slice(0, 2), blob.slice(2)));
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual([MAIN]);
    expect([...mirror.refusedRefs().keys()]).toEqual(["refs/heads/broken"]);
    expect((await mirror.reader.commit(commit)).message).toBe("add a\n");
  });
});
