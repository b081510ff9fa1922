import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Mirror } from "../mirror/mirror.ts";
import { it } from "../testing/fixtures.ts";
import { type TestRepository, testSettings } from "../testing/repositories.ts";

/** The name of a pack of another tenant, in the place of one of the repository's own. */
const FOREIGN = "../../../data/mirrors/0.git/objects/pack/x.idx";

async function packWithIndex(repository: TestRepository): Promise<string> {
  await repository.commitFile("refs/heads/main", "a.yaml", "a\n");
  await repository.git("repack", "-adq");
  await repository.git("multi-pack-index", "write");
  return join(repository.bare, "objects", "pack");
}

/** Moves the repository's pack to the mirror of another tenant, and has the multi-pack index name it there. */
async function borrowPack(repository: TestRepository): Promise<void> {
  const own = await packWithIndex(repository);
  const foreign = join(repository.folder, "data", "mirrors", "0.git", "objects", "pack");
  await mkdir(foreign, { recursive: true });
  for (const name of (await readdir(own)).filter((one) => /\.(idx|pack)$/.test(one))) {
    await cp(join(own, name), join(foreign, name.endsWith(".idx") ? "x.idx" : "x.pack"));
  }
  for (const name of (await readdir(own)).filter((one) => one.startsWith("pack-"))) await rm(join(own, name));
  const index = join(own, "multi-pack-index");
  const bytes = await readFile(index);
  bytes.fill(0, bytes.indexOf("pack-"), bytes.indexOf(".idx") + 4);
  bytes.write(FOREIGN, (await readFile(index)).indexOf("pack-"));
  await chmod(index, 0o644);
  await writeFile(index, bytes);
}

async function openMirror(repository: TestRepository): Promise<Mirror> {
  const settings = { ...testSettings, dataDir: join(repository.folder, "data"), runsLocalHooks: false };
  return await repository.openMirror({ settings });
}

describe("a mirror of a repository on the operator's machine", () => {
  it("has nothing of packs in other folders that a multi-pack index names", async ({ repository }) => {
    await borrowPack(repository);
    expect(await repository.git("show", "main:a.yaml")).toBe("a");
    const mirror = await openMirror(repository);
    await mirror.fetch();
    expect(mirror.refs().size).toBe(0);
    expect([...mirror.refusedRefs().keys()]).toEqual(["refs/heads/main"]);
  });

  it("has all of a repository that has a multi-pack index", async ({ repository }) => {
    await packWithIndex(repository);
    const mirror = await openMirror(repository);
    await mirror.fetch();
    expect(mirror.refs().get("refs/heads/main")?.commit).toBe(await repository.git("rev-parse", "main"));
  });
});
