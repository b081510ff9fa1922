import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExcludedFiles } from "../../../core/validation/ignore/ignore-file.ts";

const PATHS = ["a", "b", "ab", "a.b", "*", "a b", "!a", "#a", "[a]"].flatMap((name) =>
  ["", "d/", "e/", "de/", "d/e/", "e/d/de/"].map((folder) => folder + name),
);

/** The paths that Git ignores, with these `.gitignore` files by folder. */
function askGit(root: string, rules: Readonly<Record<string, string>>): readonly string[] {
  const dir = mkdtempSync(join(root, "rules-"));
  execFileSync("git", ["init", "--quiet", dir]);
  for (const [folder, text] of Object.entries(rules)) {
    mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, folder, ".gitignore"), text);
  }
  try {
    const args = ["-C", dir, "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"];
    const output = execFileSync("git", args, { input: PATHS.join("\0"), stdio: ["pipe", "pipe", "inherit"] });
    return output.toString().split("\0").slice(0, -1).sort();
  } catch (error) {
    // 1: none is ignored.
    if ((error as { readonly status?: number }).status === 1) return [];
    throw error;
  }
}

const askUs = (rules: Readonly<Record<string, string>>) => {
  const files = Object.entries(rules).map(([folder, text]) => ({
    path: folder === "" ? ".krmignore" : `${folder}/.krmignore`,
    bytes: new TextEncoder().encode(text),
  }));
  const excluded = new ExcludedFiles(files);
  return PATHS.filter((path) => excluded.has(path)).sort();
};

describe("ExcludedFiles", () => {
  it("excludes what Git ignores, whatever the patterns are", () => {
    const root = mkdtempSync(join(tmpdir(), "gitignore-"));
    const part = fc.constantFrom(
      ..."abde*?/!#\\ ".split(""),
      "**",
      "[ab]",
      "[!a]",
      "[a-b",
      "**/",
      "/**",
      "[[:alpha:]]",
      ".",
    );
    // Git takes asterisks within a name for folders, against its own documentation, if a literal text is before them.
    // A slash within brackets matches nothing, and yet Git looks at it where it divides patterns.
    const isDefined = (one: string) => !/[^/!]\*\*|\*\*[^/]|\\\/|\[[^\]]*\//.test(one);
    const line = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
    const text = fc.array(line.filter(isDefined), { maxLength: 4 }).map((lines) => lines.join("\n"));
    try {
      fc.assert(
        fc.property(text, text, fc.constantFrom("d", "e/d"), (outer, inner, folder) => {
          const rules = { "": outer, [folder]: inner };
          expect(askUs(rules)).toEqual(askGit(root, rules));
        }),
        { numRuns: 150 },
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
