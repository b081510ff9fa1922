import { compilePattern } from "./regexp.ts";

const MAX_LENGTH = 500;

/**
 * A test of paths, as the globs of search-replace have it: `*` and `?` stay in a folder, `**` is any number of folders,
 * `[a-z]` and `{a,b}` are alternatives. Throws InvalidPattern.
 */
export function compileGlobPath(glob: string): (path: string) => boolean {
  const pattern = compilePattern(`^${toPattern(glob.slice(0, MAX_LENGTH))}$`);
  return (path) => pattern.matcher(path).find();
}

function toPattern(glob: string): string {
  const tokens = glob.match(/\*\*\/|\*\*|\\.|\[[^\]]*\]|./gsu) ?? [];
  let depth = 0;
  return tokens
    .map((token) => {
      if (token === "**/") return "(?:.*/)?";
      if (token === "**") return ".*";
      if (token === "*") return "[^/]*";
      if (token === "?") return "[^/]";
      if (token === "{") depth++;
      if (token === "{") return "(?:";
      if (token === "}" && depth > 0) {
        depth--;
        return ")";
      }
      if (token === "," && depth > 0) return "|";
      if (token.length > 1 && token.startsWith("[")) return token.replace(/^\[!/, "[^");
      return quote(token.startsWith("\\") ? token.slice(1) : token);
    })
    .join("");
}

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
