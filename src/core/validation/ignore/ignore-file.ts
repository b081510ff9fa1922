import { type Budget, compileGlob, type Glob, matchesGlob, matchWithStars } from "./glob.ts";

/** The name of files with patterns for files that tools for Kubernetes objects leave out, as kpt has it. */
export const IGNORE_FILE = ".krmignore";

/** Of one ignore file; the rest is not read. */
const MAX_PATTERNS = 200;
const MAX_BYTES = 16 * 1024;
/** Ignore files of one package. */
const MAX_FILES = 100;
/** Characters that are compared for one package: some 20 ms. What is not decided by then is not excluded. */
const MAX_COMPARISONS = 2_000_000;

interface Pattern {
  readonly isNegated: boolean;
  readonly isForFolders: boolean;
  /** `**` for any number of folders. */
  readonly segments: readonly (Glob | "**")[];
}

/** The patterns of the ignore files of a package, by their folders. */
type IgnoreRules = ReadonlyMap<string, readonly Pattern[]>;

/** The files of a package that its ignore files exclude, as Git reads `.gitignore`. */
export class ExcludedFiles {
  readonly #rules: IgnoreRules;
  readonly #budget: Budget = { left: MAX_COMPARISONS };
  /** Decisions on folders. */
  readonly #folders = new Map<string, boolean>();

  constructor(files: readonly { readonly path: string; readonly bytes?: Uint8Array }[]) {
    const found = files.filter(({ path }) => baseName(path) === IGNORE_FILE).slice(0, MAX_FILES);
    this.#rules = new Map(found.map(({ path, bytes }) => [folderOf(path), parse(bytes ?? new Uint8Array())]));
  }

  has(path: string): boolean {
    if (this.#rules.size === 0 || this.#budget.left < 0) return false;
    const folder = folderOf(path);
    return this.#isFolderExcluded(folder) || this.#isExcluded(path, false);
  }

  /** With a folder, everything below is excluded: no pattern brings it back. */
  #isFolderExcluded(folder: string): boolean {
    if (folder === "") return false;
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const isExcluded = this.#isFolderExcluded(folderOf(folder)) || this.#isExcluded(folder, true);
    this.#folders.set(folder, isExcluded);
    return isExcluded;
  }

  /** The last pattern that matches decides, of the innermost ignore file that has one. */
  #isExcluded(path: string, isFolder: boolean): boolean {
    const names = path.split("/").map((name) => [...name]);
    for (let depth = names.length - 1; depth >= 0; depth--) {
      const rules = this.#rules.get(path.split("/").slice(0, depth).join("/")) ?? [];
      const last = rules.findLast(
        (rule) => (isFolder || !rule.isForFolders) && this.#matches(rule, names.slice(depth)),
      );
      if (last !== undefined) return !last.isNegated;
    }
    return false;
  }

  #matches({ segments }: Pattern, names: readonly (readonly string[])[]): boolean {
    this.#budget.left -= segments.length + names.length;
    if (this.#budget.left < 0) return false;
    // `a/**` is what is below a, not a itself.
    const inside = segments.at(-1) === "**" ? names.slice(0, -1) : names;
    return matchWithStars(
      segments,
      inside,
      (segment) => segment === "**",
      (segment, name) => segment !== "**" && matchesGlob(segment, name, this.#budget),
    );
  }
}

function parse(bytes: Uint8Array): readonly Pattern[] {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_BYTES));
  const lines = text.split("\n");
  // The start of a pattern may be another one.
  const whole = bytes.length > MAX_BYTES ? lines.slice(0, -1) : lines;
  return whole.slice(0, MAX_PATTERNS).flatMap(parseLine);
}

function parseLine(line: string): readonly Pattern[] {
  // Trailing spaces count only after a backslash.
  const trimmed = line.replace(/\r$/, "").replace(/((?:\\.|[^\\ ]| (?! *$))*) *$/, "$1");
  if (trimmed === "" || trimmed.startsWith("#")) return [];
  const isNegated = trimmed.startsWith("!");
  const rest = isNegated ? trimmed.slice(1) : trimmed;
  const isForFolders = rest.endsWith("/");
  // An escaped slash is a slash; an escaped backslash before one is not its escape.
  const path = (isForFolders ? rest.slice(0, -1) : rest).replaceAll(/\\(.)/gs, (all, char) =>
    char === "/" ? "/" : all,
  );
  // No path begins with a slash: Git takes only one that is not escaped for the ignore file's folder.
  if (path === "" || rest.startsWith("\\/")) return [];
  const parts = path.split("/");
  // Without a slash, in any folder.
  const names = parts.length === 1 ? ["**", ...parts] : parts[0] === "" ? parts.slice(1) : parts;
  const segments = names.map((name) => (name === "**" ? "**" : compileGlob(name)));
  return segments.every((one) => one !== undefined) ? [{ isNegated, isForFolders, segments }] : [];
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
