import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filePathProblem } from "./files/file-path.ts";
import { blobOid } from "./identity/hash.ts";
import { isBranchName } from "./identity/refs.ts";
import { parseCommitMetadata, renderCommitMessage } from "./revision/commit-trailers.ts";
import { renderTemplate } from "./revision/message-template.ts";
import { bytes, hostileText } from "./testing/arbitraries.ts";
import { trailers } from "./testing/trailers.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "core-"));
  for (const format of ["sha1", "sha256"])
    git(["init", "-q", "--bare", `--object-format=${format}`, join(folder, format)]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(args: readonly string[], options: { readonly input?: string; readonly repository?: string } = {}): string {
  const { input, repository } = options;
  const where = repository === undefined ? {} : { GIT_DIR: join(folder, repository) };
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: folder, GIT_CONFIG_NOSYSTEM: "1", ...where };
  return execFileSync("git", args, {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: "pipe",
    ...(input !== undefined && { input }),
  });
}

/** Text that is likely to be a name that Git rejects, or similar to one. */
const nearlyName = fc
  .array(
    fc.constantFrom(
      "a",
      "b",
      "main",
      "HEAD",
      "refs/heads/",
      "/",
      ".",
      "..",
      ".lock",
      "-",
      "+",
      "@",
      "{",
      "~",
      "^",
      ":",
      "?",
      "*",
      "[",
      "\\",
      " ",
      "\x7f",
      "\t",
      "é",
      "\u2028",
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(""));

describe("core, compared with git", () => {
  it.each(["sha1", "sha256"] as const)("computes the ids of git hash-object for blobs, in %s", (objectFormat) => {
    const contents = fc.sample(bytes, 200);
    const files = contents.map((content, index) => {
      const file = join(folder, `blob-${index}`);
      writeFileSync(file, content);
      return file;
    });
    const ids = git(["hash-object", "--no-filters", "--", ...files], { repository: objectFormat })
      .trim()
      .split("\n");
    expect(contents.map((content) => blobOid(content, objectFormat))).toEqual(ids);
  });

  it("accepts a branch name only if git check-ref-format does, and rejects few others", () => {
    const accepts = (name: string) => {
      const { status } = spawnSync("git", ["check-ref-format", "--branch", name], { cwd: folder, stdio: "ignore" });
      return status === 0;
    };
    fc.assert(
      fc.property(nearlyName, (name) => {
        const stricter = name.startsWith("+") || name.startsWith("refs/") || name === "@";
        expect([name, isBranchName(name)]).toEqual([name, accepts(name) && !stricter]);
      }),
      { numRuns: 150 },
    );
  });

  it("accepts only file names that git accepts with its protections for all file systems", () => {
    const part = fc.oneof(
      fc
        .array(
          fc.constantFrom(
            ".git",
            ".GIT",
            "git~1",
            "GIT~2",
            ".gitmodules",
            "a",
            ".",
            " ",
            ":",
            "~1",
            "\u200c",
            "\u2028",
            "\ufeff",
            "\\",
            "-",
          ),
          {
            maxLength: 4,
          },
        )
        .map((pieces) => pieces.join("")),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    );
    const paths = fc.sample(
      fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
      3000,
    );
    const taken = paths.filter((path) => filePathProblem(path) === undefined);
    expect(taken.length).toBeGreaterThan(500);
    const entries = taken.map((path, index) => `100644 ${"1".repeat(40)}\t${index}/${path}\0`);
    const protections = ["-c", "core.protectNTFS=true", "-c", "core.protectHFS=true"];
    git([...protections, "update-index", "-z", "--index-info"], { repository: "sha1", input: entries.join("") });
    expect(git(["ls-files", "-z"], { repository: "sha1" }).split("\0").length - 1).toBe(taken.length);
  });

  it("renders trailers that git interpret-trailers parses, and no other trailer", () => {
    fc.assert(
      fc.property(hostileText, trailers, (subject, written) => {
        const message = renderCommitMessage(renderTemplate(undefined, { subject }) || "x", written);
        const parsed = git(["interpret-trailers", "--parse", "--no-divider"], { input: message });
        const rendered = message.trimEnd().split("\n").slice(2);
        expect(parsed.trimEnd().split("\n")).toEqual(rendered);
        expect(parseCommitMetadata(`x\n\n${parsed}`)).toEqual(written);
      }),
      { numRuns: 60 },
    );
  });
});
