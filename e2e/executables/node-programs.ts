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
 * the pinned integrity. Throws an Error if npm cannot get it, or gets another one.
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
      const { stdout } = await run("npm", ["pack", "--silent", `--pack-destination=${dir}`, name], { cwd: dir });
      const archive = join(dir, stdout.trim());
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

/** Throws an Error if these bytes are not the pinned ones. */
export function checkIntegrity(name: string, bytes: Uint8Array, expected: string): void {
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found !== expected) throw new Error(`${name} from npm is not what is pinned: its integrity is ${found}`);
}
