import { execFile } from "node:child_process";
import { appendFile, mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MIB = 1024 * 1024;

/** A small tmpfs, which can be filled, lack inodes, or refuse writes as a real volume does. Mounting needs root. */
export interface SmallVolume {
  /** Leaves no room for a single block. */
  fill(): Promise<void>;
  /** Makes room again. */
  drain(): Promise<void>;
  /** Leaves no room for a single file, however many bytes there are. */
  exhaustInodes(): Promise<void>;
  restoreInodes(): Promise<void>;
  setWritable(writable: boolean): Promise<void>;
  unmount(): Promise<void>;
}

/** Mounts one at `dir`, which is made where it is not there. */
export async function mountSmallVolume(dir: string): Promise<SmallVolume> {
  const ballast = join(dir, "ballast");
  const remount = async (options: string) => void (await run("mount", ["-o", `remount,${options}`, dir]));
  await mkdir(dir, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", "size=24m,mode=0755", "pkgserver-test", dir]);
  return {
    fill: async () => {
      // Whole blocks first, then what is left in the last one.
      for (const size of [MIB, 4096, 1]) {
        for (let full = false; !full; ) {
          full = await appendFile(ballast, Buffer.alloc(size)).then(
            () => false,
            (error: NodeJS.ErrnoException) => {
              if (error.code !== "ENOSPC") throw error;
              return true;
            },
          );
          if (size === 1) full = true;
        }
      }
    },
    drain: async () => await rm(ballast, { force: true }),
    exhaustInodes: async () => {
      const { files, ffree } = await statfs(dir);
      await remount(`nr_inodes=${files - ffree}`);
    },
    restoreInodes: async () => await remount("nr_inodes=100000"),
    setWritable: async (writable) => await remount(writable ? "rw" : "ro"),
    unmount: async () => void (await run("umount", ["--lazy", dir])),
  };
}
