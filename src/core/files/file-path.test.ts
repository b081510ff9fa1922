import { describe, expect, it } from "vitest";
import { filePathProblem } from "./file-path.ts";

describe("filePathProblem", () => {
  it.each([
    ...[
      "a",
      "a/b/c.yaml",
      ".a",
      "a.",
      "a b",
      " ",
      "é",
      "日本/語",
      "__proto__",
      "constructor",
      "-x",
      "--upload-pack=x",
      "+main",
    ],
    ...[
      "git",
      ".gitignore",
      ".gitattributes",
      ".github/x",
      ".git-x",
      "a.git",
      "git~",
      "git~x",
      "x~1",
      "a/...",
      "...",
      "~",
    ],
    ...["x:y", "CON", "a".repeat(255), `${"a/".repeat(511)}bc`],
    ...["xgit~1", "git~1x", "xgitmod~1", "gitmod~1x", "gitmod~", "x.git", ".gitx", "x.gitmodules"],
  ])("accepts %j", (path) => {
    expect(filePathProblem(path)).toBeUndefined();
  });

  it.each([
    ["", /^is empty$/],
    ["../x", /part \.\./],
    ["a/../x", /part \.\./],
    ["a/..", /part \.\./],
    ["..", /part \.\./],
    [".", /part \./],
    ["./a", /part \./],
    ["/etc/x", /begins with/],
    ["//x", /begins with/],
    ["a//b", /empty part/],
    ["a/", /empty part/],
    ["a\\..\\b", /backslash/],
    ["a\0b", /control/],
    ["a\nb", /control/],
    ["a\x7f", /control/],
    ["a\ud800", /Unicode/],
    ["a".repeat(1025), /longer than 1024/],
    [`a/${"b".repeat(256)}/c`, /longer than 255 bytes/],
    ["é".repeat(128), /longer than 255 bytes/],
  ])("rejects %j", (path, problem) => {
    expect(filePathProblem(path)).toMatch(problem);
  });

  it.each([
    ...[
      ".git",
      ".git/config",
      "a/.git",
      ".GIT/x",
      ".gIt",
      ".git.",
      ".git ",
      ".git . .",
      ".git:x",
      ".git::$INDEX_ALLOCATION",
    ],
    ...[
      ".git:\u2028",
      "git~1",
      "git~12",
      "git~1/x",
      "GIT~1",
      "git~2",
      "git~1 ",
      "git~1.:x",
      ".g\u200cit",
      "\ufeff.git",
      ".git\u206f",
    ],
  ])("rejects %j, which some file system takes for Git's own file", (path) => {
    expect(filePathProblem(path)).toMatch(/Git's own/);
  });

  it.each([
    ".gitmodules",
    "a/.gitmodules",
    ".GitModules",
    ".gitmodules.",
    ".gitmodules:x",
    "gitmod~1",
    "GITMOD~2",
    "gitmod~12",
    ".git\u200dmodules",
  ])("rejects %j, which configures submodules", (path) => {
    expect(filePathProblem(path)).toMatch(/submodules/);
  });
});
