import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it, where they are not there; `mode` is that of the last one. As `mkdir` with `recursive` does, but
 * that says ENOENT, and nothing else, where a disk is full or read-only. Throws what the system says.
 */
export async function mkdirp(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT") throw error;
    await mkdirp(dirname(path));
    await mkdir(path, { mode });
  }
}
