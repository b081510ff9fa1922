const MAX_PATH_LENGTH = 1024;
/** In bytes of UTF-8. With a longer part, most file systems cannot check out the repository at all. */
const MAX_PART_BYTES = 255;

/**
 * Why a path cannot be a file of a package; undefined if it can. Rejects paths that leave the package, paths that Git
 * or a case-insensitive file system could take for Git's own files, and paths that some platform reads differently.
 */
export function filePathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  if (path.length > MAX_PATH_LENGTH) return `is longer than ${MAX_PATH_LENGTH} characters`;
  if (path.startsWith("/")) return "begins with /";
  if (/[\x00-\x1f\x7f]/.test(path)) return "has control characters in it";
  if (path.includes("\\")) return "has a backslash in it";
  if (!path.isWellFormed()) return "is not valid Unicode";
  for (const part of path.split("/")) {
    const problem = partProblem(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function partProblem(part: string): string | undefined {
  if (part === "") return "has an empty part (// or a slash at its end)";
  if (part === "." || part === "..") return `has the part ${part}`;
  if (new TextEncoder().encode(part).length > MAX_PART_BYTES)
    return `has a part that is longer than ${MAX_PART_BYTES} bytes`;
  if (isGitName(part)) return `has the part ${part}, which is Git's own`;
  const folded = fold(part);
  if (folded === ".gitmodules" || /^gitmod~[0-9]+$/.test(folded))
    return `has the part ${part}: submodules are not supported`;
  return undefined;
}

/** True if a file system could take this part of a path for Git's own folder. */
export function isGitName(part: string): boolean {
  if (!/g.*i.*t/i.test(part)) return false;
  const folded = fold(part);
  return folded === ".git" || /^git~[0-9]+$/.test(folded);
}

/** HFS+ ignores these code points in comparisons; NTFS ignores text after a colon, and trailing dots. */
function fold(part: string): string {
  return part
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .toLowerCase()
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "");
}

/** Conflicts between paths: a file and a folder with one name, names that differ only by case. */
export function pathClashes(paths: Iterable<string>): readonly { readonly path: string; readonly problem: string }[] {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  const clashes: { path: string; problem: string }[] = [];
  const claim = (map: Map<string, string>, path: string, file: string) => {
    const key = path.normalize("NFC").toLowerCase();
    const known = map.get(key);
    if (known === undefined) map.set(key, path);
    else if (known !== path) clashes.push({ path: file, problem: `differs only by case from ${known}` });
  };
  for (const path of paths) {
    claim(files, path, path);
    const parts = path.split("/");
    for (let end = 1; end < parts.length; end++) claim(folders, parts.slice(0, end).join("/"), path);
  }
  for (const [key, folder] of folders) {
    const file = files.get(key);
    if (file !== undefined) clashes.push({ path: file, problem: `is a file, and ${folder}/ a folder` });
  }
  return clashes;
}
