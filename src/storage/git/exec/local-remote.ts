import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GitError } from "../errors.ts";
import { findRefusedSetting } from "./local-config.ts";
import { findSymlinkEscape } from "./symlink-escape.ts";

/** The places in which git looks for a repository at a path, in its order. */
const SUFFIXES = ["/.git", "", ".git/.git", ".git"] as const;
const MAX_FILE = 1024 * 1024;

/**
 * The real path of the repository that a `file:` URL or a path names. git opens it as the operator's user, so that
 * everything which leads out of it would be read with the operator's rights: mirrors of other tenants, above all.
 * Refused are a repository within `dataDir`, by whatever path, and one that is not self-contained: with links that
 * leave its folder, alternates, a `.git` file, a `commondir`, or a setting that is not known to be harmless, by which
 * git might run commands and read files.
 *
 * A check before git runs, not while it runs: whoever may write to the folder can exchange files in between. Hard links
 * cannot be told from files. Cost: reads the whole folder's names. Throws `GitError`: `InvalidURL`,
 * `RepositoryNotFound`, `UnsafeRepository`.
 */
export async function resolveLocalRemote(url: string, dataDir: string): Promise<string> {
  const path = localPath(url);
  await checkOutside(await realpathOfExisting(path), dataDir);
  const gitDir = await findGitDir(path);
  if (gitDir === undefined) throw new GitError("RepositoryNotFound", "there is no Git repository at this path");
  await checkOutside(gitDir, dataDir);
  await checkSelfContained(gitDir);
  return gitDir;
}

/** The path that git would open: it decodes percent escapes, and takes a host for the path's first part. */
function localPath(url: string): string {
  if (url.startsWith("/")) return url;
  const rest = /^file:\/\/(\/.*)$/is.exec(url)?.[1];
  if (rest === undefined) throw new GitError("InvalidURL", "a file URL has no host: it begins with file:///");
  try {
    const path = decodeURIComponent(rest);
    if (!path.includes("\0")) return path;
  } catch {
    // Bytes that are not UTF-8.
  }
  throw new GitError("InvalidURL", "the URL's percent escapes are no path");
}

/** Also of a path that does not exist: what is in the data folder, and what is not, is nobody's business. */
async function realpathOfExisting(path: string): Promise<string> {
  for (let part = path; part !== "/"; part = dirname(part)) {
    const real = await realpath(part).catch(() => undefined);
    if (real !== undefined) return real;
  }
  return "/";
}

async function findGitDir(path: string): Promise<string | undefined> {
  for (const suffix of SUFFIXES) {
    const candidate = `${path}${suffix}`;
    const found = await stat(candidate).catch(() => undefined);
    if (found === undefined) continue;
    if (found.isFile() && suffix.endsWith("/.git")) throw unsafe(".git is a file, which names another folder");
    if (found.isDirectory() && (await isGitDir(candidate))) {
      const gitDir = await realpath(candidate);
      if ((await stat(join(gitDir, ".git")).catch(() => undefined)) === undefined) return gitDir;
      throw unsafe("it has another repository in .git");
    }
  }
  return undefined;
}

async function isGitDir(path: string): Promise<boolean> {
  const parts = ["HEAD", "objects", "refs"].map((name) => stat(join(path, name)));
  return (await Promise.allSettled([...parts])).every(({ status }) => status === "fulfilled");
}

/** By inode and not by name: a bind mount shows a folder under a second name. */
async function checkOutside(path: string, dataDir: string): Promise<void> {
  const data = await realpath(dataDir).catch(() => undefined);
  if (data === undefined) return;
  const own = await stat(data);
  for (let part = path; part !== dirname(part); part = dirname(part)) {
    const found = await stat(part).catch(() => undefined);
    if (found?.dev === own.dev && found.ino === own.ino) throw unsafe("it is in the operator's own data folder");
  }
  if (data.startsWith(`${path}/`) && (await isGitDir(path))) throw unsafe("the operator's own data folder is in it");
}

async function checkSelfContained(gitDir: string): Promise<void> {
  if ((await stat(join(gitDir, "commondir")).catch(() => undefined)) !== undefined)
    throw unsafe("it is a work tree of another repository (commondir)");
  for (const name of ["objects/info/alternates", "objects/info/http-alternates"]) {
    // A path may begin with a blank: only empty lines and comments are none.
    if (/^[^#\n]/m.test(await readShort(gitDir, name)))
      throw unsafe(`it borrows objects of another repository (${name})`);
  }
  for (const name of ["config", "config.worktree"]) {
    const refused = findRefusedSetting(await readShort(gitDir, name));
    if (refused !== undefined) throw unsafe(`${refused} (${name})`);
  }
  const problem = await findSymlinkEscape(gitDir);
  if (problem !== undefined) throw unsafe(problem);
}

/** Empty if there is no such file. What cannot be read as a whole is refused: git might read more of it. */
async function readShort(gitDir: string, name: string): Promise<string> {
  const path = join(gitDir, name);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw unsafe(`${name} cannot be read`);
  });
  if (found === undefined) return "";
  if (!found.isFile()) throw unsafe(`${name} is not a file`);
  if (found.size > MAX_FILE) throw unsafe(`${name} is larger than ${MAX_FILE} bytes`);
  return await readFile(path, "utf8").catch(() => {
    throw unsafe(`${name} cannot be read`);
  });
}

function unsafe(problem: string): GitError {
  return new GitError(
    "UnsafeRepository",
    `the repository at this path is not read: ${problem}; a repository that is reached by file: must be complete in ` +
      "its own folder, outside of the operator's",
  );
}
