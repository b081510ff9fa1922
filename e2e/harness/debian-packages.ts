import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheRoot, type Environment, withLock, withScratch } from "./cache.ts";

const run = promisify(execFile);

/**
 * The unpacked files of packages of the machine's own Debian registry, in the cache, by the first one's version. Needs
 * no root and installs nothing. Throws an Error where there is no apt, or its registry cannot be reached.
 */
export async function unpackDebianPackages(names: readonly [string, ...string[]], env: Environment): Promise<string> {
  const root = cacheRoot(env);
  let apt: Apt;
  try {
    apt = await findApt(root, names[0]);
  } catch (error) {
    const cached = await findUnpacked(root, names[0]);
    if (cached === undefined) throw error;
    return cached;
  }
  const folder = join(root, `${names[0]}-${apt.version}`);
  if (existsSync(folder)) return folder;
  await withLock(
    join(root, "lock-debian"),
    () => {},
    async () => {
      if (existsSync(folder)) return;
      await withScratch(root, async (dir) => {
        await mkdir(join(dir, "files"));
        const { stdout } = await run("apt-get", [...apt.options, "--print-uris", "download", ...names], { cwd: dir });
        await run("apt-get", [...apt.options, "--quiet", "download", ...names], { cwd: dir });
        for (const [, file = ""] of stdout.matchAll(/^'[^']*' (\S+\.deb) /gm)) {
          await run("dpkg-deb", ["--extract", file, "files"], { cwd: dir });
        }
        await rename(join(dir, "files"), folder);
      });
    },
  );
  return folder;
}

interface Apt {
  readonly options: readonly string[];
  /** Of the package that was asked for. */
  readonly version: string;
}

/** Of any version: without a registry there is no other. */
async function findUnpacked(root: string, name: string): Promise<string | undefined> {
  const folders = (await readdir(root).catch(() => [])).filter((folder) => folder.startsWith(`${name}-`));
  const [first] = folders.sort().reverse();
  return first === undefined ? undefined : join(root, first);
}

/** With the system's lists of packages, or, where an image was made without any, with lists in the cache. */
async function findApt(root: string, name: string): Promise<Apt> {
  const asSystem = ["-o", "APT::Sandbox::User=root"];
  const version = await versionOf(name, asSystem);
  if (version !== undefined) return { options: asSystem, version };
  const dir = join(root, "apt");
  await mkdir(join(dir, "lists", "partial"), { recursive: true });
  const options = [...asSystem, "-o", `Dir::State::Lists=${join(dir, "lists")}`, "-o", `Dir::Cache=${dir}`];
  await run("apt-get", [...options, "--quiet", "update"]);
  const updated = await versionOf(name, options);
  if (updated === undefined) throw new Error(`the registry of Debian packages has no ${name}`);
  return { options, version: updated };
}

async function versionOf(name: string, options: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run("apt-get", [...options, "--print-uris", "download", name]);
    return /^'[^']*' [^_\s]+_([^_\s]+)_/m.exec(stdout)?.[1];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new Error("there is no apt-get", { cause: error });
    return undefined;
  }
}
