import { InvalidPattern, meteredPattern, type SpendSteps } from "./regexp.ts";

const MAX_LENGTH = 500;
/** Of what becomes of one character. */
const MAX_TOKEN = "(?:.*/)?".length;

/**
 * A test of paths, as the globs of search-replace have it: `*` and `?` stay in a folder, `**` is any number of folders,
 * `[a-z]` and `{a,b}` are alternatives. Throws InvalidPattern.
 */
export function compileGlobPath(glob: string, spend: SpendSteps): (path: string) => boolean {
  if (glob.length > MAX_LENGTH) throw new InvalidPattern(`a glob may have ${MAX_LENGTH} characters at most`);
  const search = withGlob(glob, () => meteredPattern(`^${toPattern(glob)}$`, spend, MAX_TOKEN * MAX_LENGTH));
  return (path) => search(path).find();
}

function withGlob<T>(glob: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof InvalidPattern)) throw error;
    throw new InvalidPattern(`${JSON.stringify(glob.slice(0, 200))} is no glob`);
  }
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
