import { describe, expect } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";
import { openStore } from "../testing/open-store.ts";
import { ChangeCounts } from "./change-counts.ts";

const upstream = { repository: "blue", package: "lib" };

describe("countChanges", () => {
  it("counts the files of a package, without those of packages below as they were published", async ({
    repository,
  }) => {
    for (const path of ["lib/a", "lib/b/c", "lib/b/d"]) await repository.commitFile(MAIN, path, "1");
    await repository.git("tag", "lib/v1");
    await repository.commitFile(MAIN, "lib/a", "2");
    await repository.commitFile(MAIN, "lib/b/e", "1");
    await repository.commitFile(MAIN, "lib/below/f", "1");
    await repository.git("tag", "lib/v2");
    await repository.git("tag", "lib/below/v1");
    const { store } = await openStore(repository);
    const [before, after] = await Promise.all(
      ["v1", "v2"].map(async (revision) => {
        const found = await store.findUpstream({ ...upstream, revision });
        if (found.kind === "missing") throw new Error(found.message);
        return found.source;
      }),
    );
    if (before === undefined || after === undefined) throw new Error("two revisions");
    expect(await store.countChanges("lib", before, after)).toEqual({ added: 1, changed: 1, removed: 0 });
    expect(await store.countChanges("lib", after, before)).toEqual({ added: 0, changed: 1, removed: 1 });
    // Before there was a package below.
    const whole = { ...after, nested: [] };
    expect(await store.countChanges("lib", before, whole)).toEqual({ added: 2, changed: 1, removed: 0 });
  });

  it("reads the trees once for all who ask, and again after an error", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "lib/a", "1");
    const { mirror } = await openStore(repository);
    const { reader } = mirror;
    const tree = (await reader.treeAt(commit, "lib")) ?? "";
    let [reads, isDown] = [0, true];
    const counting: typeof reader = Object.assign(Object.create(reader), {
      files: async (...parameters: Parameters<typeof reader.files>) => {
        reads++;
        if (isDown) throw new Error("is down");
        return await reader.files(...parameters);
      },
    });
    const counts = new ChangeCounts(counting);
    const one = { path: "lib", tree, nested: [] };
    await expect(counts.between(one, one)).rejects.toThrow("is down");
    [reads, isDown] = [0, false];
    const all = await Promise.all(Array.from({ length: 20 }, async () => await counts.between(one, one)));
    expect(all[19]).toEqual({ added: 0, changed: 0, removed: 0 });
    expect(await counts.between(one, one)).toEqual({ added: 0, changed: 0, removed: 0 });
    expect(reads).toBe(2);
  });

  it("remembers a bounded number of comparisons", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "lib/a", "1");
    const { mirror } = await openStore(repository);
    const { reader } = mirror;
    const tree = (await reader.treeAt(commit, "lib")) ?? "";
    let reads = 0;
    const files = async () => {
      reads++;
      return [];
    };
    const counts = new ChangeCounts(Object.assign(Object.create(reader), { files }));
    const at = (path: string) => ({ path, tree, nested: [] });
    for (let index = 0; index <= 1_000; index++) await counts.between(at(`p${index}`), at(`p${index}`));
    reads = 0;
    await counts.between(at("p1"), at("p1"));
    expect(reads).toBe(0);
    await counts.between(at("p0"), at("p0"));
    expect(reads).toBe(2);
  });
});
