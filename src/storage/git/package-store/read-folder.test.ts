import { describe, expect } from "vitest";
import { GitError } from "../errors.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { openStore } from "../testing/open-store.ts";
import { readFolder } from "./read-folder.ts";

describe("readFolder", () => {
  it("has the files and folders of a target on main, and those that have not changed as they were", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "edge1/web/a.yaml", "a");
    await repository.commitFile(MAIN, "edge1/db/b.yaml", "b");
    await repository.commitFile(MAIN, "edge2/c.yaml", "c");
    const { store, mirror } = await openStore(repository);
    expect(await store.readTarget("edge3")).toBeUndefined();
    const before = await store.readTarget("edge1");
    expect([...(before?.folders.keys() ?? [])]).toEqual(["db", "web"]);
    expect([...(before?.folders.get("web")?.files.keys() ?? [])]).toEqual(["a.yaml"]);
    expect(before?.size).toBe(4);
    await repository.commitFile(MAIN, "edge1/db/d.yaml", "d");
    await store.fetch();
    const reads: string[] = [];
    const { reader } = mirror;
    const counting = Object.assign(Object.create(reader), {
      entries: async (oid: string, most: number) => {
        reads.push(oid);
        return await reader.entries(oid, most);
      },
    });
    const now = await store.readTarget("edge1", before);
    expect(now?.folders.get("web")).toBe(before?.folders.get("web"));
    expect([...(now?.folders.get("db")?.files.keys() ?? [])]).toEqual(["b.yaml", "d.yaml"]);
    expect(now?.size).toBe(5);
    expect(await readFolder(counting, now?.oid ?? "", before)).toEqual(now);
    // The target itself, and the folder that has changed.
    expect(reads).toEqual([now?.oid, now?.folders.get("db")?.oid]);
  });

  it("refuses more than 20,000 files and folders, also where it has read them before", async ({ repository }) => {
    await repository.commitFile(MAIN, "edge1/a/b.yaml", "a");
    const { store, mirror } = await openStore(repository);
    const folder = await store.readTarget("edge1");
    const known = { oid: folder?.oid ?? "", files: new Map(), folders: new Map(), size: 20_001 };
    await expect(readFolder(mirror.reader, known.oid, known)).rejects.toThrow(GitError);
  });
});
