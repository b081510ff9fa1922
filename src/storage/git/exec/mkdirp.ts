import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Creates a directory and its parents if they do not exist; `mode` applies to the last one. `mkdir` with `recursive`
 * reports a full or read-only disk as ENOENT; this throws the system's own error (ENOSPC, EROFS, …).
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
