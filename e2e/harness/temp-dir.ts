import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";

const IN_MEMORY = "/dev/shm";
/** Several times what the unit and api tests hold at once. In a container, /dev/shm often has 64 MiB. */
const NEEDED_BYTES = 2 * 1024 ** 3;

/**
 * The folder for temporary files of a test run, for TMPDIR: in memory if there is room and programs may run from there
 * (Git hooks do). The tests make hundreds of small repositories, for which a file system on disk takes much more CPU
 * time. TMPDIR is respected if it is set.
 */
export function chooseTempDir(folder = IN_MEMORY, neededBytes = NEEDED_BYTES): string {
  if (process.env.TMPDIR) return process.env.TMPDIR;
  return hasRoom(folder, neededBytes) && runsPrograms(folder) ? folder : tmpdir();
}

function hasRoom(folder: string, neededBytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return Math.min(bavail * bsize, freemem()) >= neededBytes;
  } catch {
    return false;
  }
}

/** False on a file system that is mounted with noexec, or read-only. */
function runsPrograms(folder: string): boolean {
  let own: string | undefined;
  try {
    own = mkdtempSync(join(folder, "pkgserver-"));
    const program = join(own, "program");
    writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true });
  }
}
