import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheRoot, type Environment, type Log, withLock, withScratch } from "../harness/cache.ts";
import { NODE_VERSION, type Platform } from "./platforms.ts";

const run = promisify(execFile);

/**
 * The unpacked npm package with the Node.js of a platform: from the cache, else from npm's registry, checked against
 * the pinned integrity. Throws an `UnavailableError`, or an Error for another one.
 */
export async function provideNode(platform: Platform, env: Environment, log: Log): Promise<string> {
  const root = cacheRoot(env);
  const name = `${platform.npmPackage}@${NODE_VERSION}`;
  const folder = join(root, `${platform.npmPackage}-${NODE_VERSION}`);
  if (existsSync(folder)) return folder;
  await withLock(join(root, "lock-node"), log, async () => {
    if (existsSync(folder)) return;
    log(`downloading ${name} from npm`);
    await withScratch(root, async (dir) => {
      const archive = join(dir, await pack(name, dir));
      checkIntegrity(name, await readFile(archive), platform.integrity);
      await mkdir(join(dir, "files"));
      await run("tar", [
        "--extract",
        "--gzip",
        `--file=${archive}`,
        "--strip-components=1",
        `--directory=${dir}/files`,
      ]);
      await rename(join(dir, "files"), folder);
    });
  });
  return folder;
}

/** npm's registry does not have a package, or cannot be reached. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/** Downloads the archive of a package into a folder, and returns the name of its file. */
async function pack(name: string, dir: string): Promise<string> {
  try {
    const args = ["pack", "--loglevel=error", `--pack-destination=${dir}`, name];
    return (await run("npm", args, { cwd: dir })).stdout.trim();
  } catch (cause) {
    const [line = ""] =
      /^npm error (?!code |syscall |errno ).*$/m.exec((cause as { stderr?: string }).stderr ?? String(cause)) ?? [];
    throw new UnavailableError(`npm cannot get ${name}: ${line}`, { cause });
  }
}

/** Throws an Error if these bytes are not the pinned ones. */
export function checkIntegrity(name: string, bytes: Uint8Array, expected: string): void {
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found !== expected) throw new Error(`${name} from npm is not what is pinned: its integrity is ${found}`);
}
