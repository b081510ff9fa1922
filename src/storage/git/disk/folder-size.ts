import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inBatches } from "../in-batches.ts";

const BLOCK = 512;
const MAX_CONCURRENT_READS = 32;

/**
 * Bytes that a folder with everything in it takes on the disk. What disappears meanwhile, or is not there, counts 0.
 */
export async function folderSize(dir: string): Promise<number> {
  const names = await readdir(dir, { recursive: true }).catch(() => []);
  const sizes = await inBatches(names, MAX_CONCURRENT_READS, async (name) => {
    const found: Stats | undefined = await lstat(join(dir, name)).catch(() => undefined);
    return (found?.blocks ?? 0) * BLOCK;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
