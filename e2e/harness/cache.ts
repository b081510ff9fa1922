import { existsSync } from "node:fs";
import { chmod, link, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { identifyProcess, isRunning, type ProcessRef } from "./processes.ts";
import type { Tool } from "./tools.ts";
import { waitUntil } from "./wait.ts";

export type Log = (line: string) => void;
export type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_CACHE_HOME/pkgserver`, or `~/.cache/pkgserver`. */
export function cacheRoot(env: Environment): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pkgserver");
}

function toolFile(root: string, tool: Tool): string {
  return join(root, `${tool.name}-${tool.version}`, tool.name);
}

export function findCached(root: string, tool: Tool): string | undefined {
  const file = toolFile(root, tool);
  return existsSync(file) ? file : undefined;
}

/** The folder beside a program that has its CRDs. */
export function crdsBeside(program: string): string {
  return join(program, "..", "crds");
}

/**
 * Moves a finished program into the cache, atomically, with its CRDs and a file that records its origin. `file` must be
 * on the cache's file system (`withScratch`). Returns the program's path.
 */
export async function keepInCache(root: string, tool: Tool, file: string, origin: string): Promise<string> {
  const target = toolFile(root, tool);
  await mkdir(join(target, ".."), { recursive: true });
  await writeFile(join(target, "..", "ORIGIN"), `${origin}\n`);
  if (tool.crdFolder !== undefined) {
    await rm(crdsBeside(target), { recursive: true, force: true });
    await rename(crdsBeside(file), crdsBeside(target));
  }
  await chmod(file, 0o755);
  await rename(file, target);
  return target;
}

/** Runs `action` with a temporary folder inside the cache, which is removed afterwards. */
export async function withScratch<T>(root: string, action: (dir: string) => Promise<T>): Promise<T> {
  await mkdir(root, { recursive: true });
  const dir = await mkdtemp(join(root, "tmp-"));
  try {
    return await action(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs `action` while no other process holds `lockFile`. The lock of a process that has ended is taken over. */
export async function withLock<T>(lockFile: string, log: Log, action: () => Promise<T>): Promise<T> {
  await mkdir(join(lockFile, ".."), { recursive: true });
  const mine = `${lockFile}.${process.pid}.${performance.now()}`;
  await writeFile(mine, JSON.stringify(identifyProcess(process.pid)));
  let isReported = false;
  try {
    await waitUntil(
      `${lockFile} is free`,
      async () => {
        if (await tryLink(mine, lockFile)) return true;
        const holder = await readHolder(lockFile);
        if (holder !== undefined && !isRunning(holder)) await removeStale(lockFile, `${mine}.stale`);
        if (holder !== undefined && !isReported) log(`waiting for process ${holder.pid}, which holds ${lockFile}`);
        isReported ||= holder !== undefined;
        return false;
      },
      { timeoutMs: 30 * 60_000, intervalMs: 200 },
    );
  } finally {
    await rm(mine, { force: true });
  }
  try {
    return await action();
  } finally {
    await rm(lockFile, { force: true });
  }
}

/** Moves the lock of an ended process aside; puts it back if another process has taken it over in the meantime. */
async function removeStale(lockFile: string, aside: string): Promise<void> {
  try {
    await rename(lockFile, aside);
    const holder = await readHolder(aside);
    if (holder !== undefined && isRunning(holder)) await tryLink(aside, lockFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** A link appears atomically with its contents, and only one of several processes can create it. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(lockFile: string): Promise<ProcessRef | undefined> {
  try {
    return JSON.parse(await readFile(lockFile, "utf8")) as ProcessRef;
  } catch {
    return undefined;
  }
}
