const MAX_PATH_LENGTH = 1024;
/** In bytes of UTF-8. With a longer part, most file systems cannot check out the repository at all. */
const MAX_PART_BYTES = 255;
/** Of UTF-8 for a unit of UTF-16, at most. Most parts need no count. */
const MAX_BYTES_OF_UNIT = 3;

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
  if (part.length > MAX_PART_BYTES / MAX_BYTES_OF_UNIT && new TextEncoder().encode(part).length > MAX_PART_BYTES)
    return `has a part that is longer than ${MAX_PART_BYTES} bytes`;
  if (isGitName(part)) return `has the part ${part}, which is Git's own`;
  const folded = fold(part);
  if (folded === ".gitmodules" || /^gitmod~[0-9]+$/.test(folded))
    return `has the part ${part}: submodules are not supported`;
  return undefined;
}

/**
 * True if a file system could take this part of a path for Git's own folder. The target of a link may have a part of
 * 4 KiB: each pattern here has one way to match, so that none is tried again from every character.
 */
export function isGitName(part: string): boolean {
  if (!/^[^g]*g[^i]*i[^t]*t/i.test(part)) return false;
  const folded = fold(part);
  return folded === ".git" || /^git~[0-9]+$/.test(folded);
}

/** HFS+ ignores these code points in comparisons; NTFS ignores text after a colon, and trailing dots. */
function fold(part: string): string {
  const [name = ""] = part
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .toLowerCase()
    .split(":", 1);
  let end = name.length;
  while (end > 0 && ". ".includes(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}
