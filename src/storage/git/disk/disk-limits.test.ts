import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Mirror } from "../mirror/mirror.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { fetchError, temporaryPacks } from "../testing/hostile-servers.ts";
import { type TestRepository, testSettings } from "../testing/repositories.ts";
import { DiskUsage } from "./disk-usage.ts";
import { folderSize } from "./folder-size.ts";

const MIB = 1024 * 1024;
const limits = { ...testSettings.limits, mirrorBytes: 8 * MIB, namespaceBytes: 12 * MIB };
const settings = { ...testSettings, limits };

/** Commits so many files of a megabyte that cannot be compressed. */
async function commitMegabytes(repository: TestRepository, name: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const file = join(repository.folder, "megabyte");
    await writeFile(file, randomBytes(MIB));
    const blob = await repository.git("hash-object", "-w", file);
    await repository.git("update-index", "--add", "--cacheinfo", `100644,${blob},${name}/${index}`);
  }
  const tree = await repository.git("write-tree");
  const commit = await repository.git("commit-tree", tree, "-m", name, "-p", MAIN);
  await repository.git("update-ref", MAIN, commit);
}

async function expectAsBefore(mirror: Mirror, size: number): Promise<void> {
  expect(await temporaryPacks(mirror)).toEqual([]);
  expect(await folderSize(mirror.repository.dir)).toBeLessThan(size + MIB / 8);
}

describe("a mirror", () => {
  it("that would be larger than a mirror may be is refused, and what the fetch brought is deleted", async ({
    repository,
  }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    const mirror = await repository.openMirror({ settings });
    await mirror.fetch();
    const size = await folderSize(mirror.repository.dir);
    await commitMegabytes(repository, "large", 10);
    const error = await fetchError(mirror);
    expect(error).toMatchObject({ reason: "DiskLimitExceeded", retryable: false });
    expect(error.message).toContain("more than 8 MiB");
    expect(error.message).toContain("(gitLimits.mirrorSize, PKGSERVER_GIT_LIMIT_MIRROR_SIZE)");
    expect(error.message).toMatch(/there were 0(\.\d)? MiB$/);
    await expectAsBefore(mirror, size);
    expect(mirror.refs().get(MAIN)?.oid).toBe(commit);
    expect((await fetchError(mirror)).message).toBe(error.message);
    await repository.git("update-ref", MAIN, commit);
    expect(await mirror.fetch()).toEqual([]);
  });

  it("counts with the others of its namespace, and no others", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    await commitMegabytes(repository, "some", 7);
    const usage = new DiskUsage(limits);
    const open = async (namespace: string, name: string) => {
      const dir = join(repository.folder, `${name}.git`);
      return await repository.openMirror({ settings, dir, quota: usage.quota(namespace, name) });
    };
    await (await open("one", "a")).fetch();
    const second = await open("one", "b");
    const size = await folderSize(second.repository.dir);
    const error = await fetchError(second);
    expect(error.message).toMatch(/^the mirrors of this namespace would take more than 12 MiB .* 7(\.\d)? MiB$/);
    expect(error.message).toContain("(gitLimits.namespaceSize, PKGSERVER_GIT_LIMIT_NAMESPACE_SIZE)");
    await expectAsBefore(second, size);
    await (await open("two", "c")).fetch();
    usage.forget("a");
    await second.fetch();
    expect(second.refs().size).toBe(1);
  });

  it("counts while others of its namespace are fetched at the same time", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    await commitMegabytes(repository, "some", 7);
    const usage = new DiskUsage(limits);
    const mirrors = await Promise.all(
      ["a", "b", "c", "d"].map(async (name) => {
        const dir = join(repository.folder, `${name}.git`);
        return await repository.openMirror({ settings, dir, quota: usage.quota("one", name) });
      }),
    );
    const results = await Promise.allSettled(mirrors.map((mirror) => mirror.fetch()));
    const sizes = await Promise.all(mirrors.map(({ repository: { dir } }) => folderSize(dir)));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(limits.namespaceBytes);
    const fetched = results.filter(({ status }) => status === "fulfilled").length;
    expect(fetched).toBeLessThanOrEqual(1);
    expect(mirrors.filter((mirror) => mirror.refs().size === 1)).toHaveLength(fetched);
    // Alone one of them fits.
    if (fetched === 0) expect(await mirrors[0]?.fetch()).toHaveLength(1);
  });
});
