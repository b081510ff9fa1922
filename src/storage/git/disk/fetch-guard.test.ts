import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { GitError } from "../errors.ts";
import { it } from "../testing/fixtures.ts";
import { testSettings } from "../testing/repositories.ts";
import { DiskUsage } from "./disk-usage.ts";
import { FetchGuard } from "./fetch-guard.ts";

const KEPT = ["pack-a.idx", "pack-a.pack"];

describe("FetchGuard", () => {
  it.for(["Closed", "Timeout", "DiskLimitExceeded", "BadObjects"] as const)(
    "deletes the complete pack of a fetch that ends with %s, and no other",
    async (reason, { repository }) => {
      const dir = repository.bare;
      const packs = join(dir, "objects", "pack");
      const write = async (name: string) => await writeFile(join(packs, name), name);
      await mkdir(packs, { recursive: true });
      await Promise.all(KEPT.map(write));
      const usage = new DiskUsage(testSettings.limits);
      const guard = new FetchGuard({ dir, settings: testSettings }, usage.quota("one", dir));
      const before = await guard.measure();
      const cause = new GitError(reason, "ended after the pack");
      const work = async () => {
        await Promise.all(["pack-b.idx", "pack-b.pack"].map(write));
        throw cause;
      };
      await expect(guard.run(work)).rejects.toBe(cause);
      expect((await readdir(packs)).sort()).toEqual(KEPT);
      expect(await guard.measure()).toBe(before);
    },
  );
});
