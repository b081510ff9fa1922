import { describe, expect, it } from "vitest";
import { COMMANDS } from "../commands/index.ts";
import { runProgram } from "../program.ts";
import { createIo } from "../testing/io.ts";
import { findPlace } from "./place.ts";

const wordsAt = (before: readonly string[], word = "") => {
  const place = findPlace(COMMANDS, before, word);
  return place.kind === "words" ? place.words.map(({ text }) => text) : place;
};

describe("findPlace", () => {
  it.each([
    [[], "", expect.arrayContaining(["get", "pull", "push", "repo", "version"])],
    [["rpkg"], "up", expect.arrayContaining(["updatestatus"])],
    [["repo"], "", ["add", "list", "show", "sync", "suspend", "resume", "remove"]],
    [["get"], "--", expect.arrayContaining(["--target", "--needs-approval", "--namespace", "--as"])],
    [["get", "--lifecycle"], "", ["draft", "proposed", "published", "deletionProposed"]],
    [["get", "-o"], "", ["wide", "json", "yaml", "name"]],
    [["wait", "a", "--for"], "", expect.arrayContaining(["ready", "deleted"])],
    [["version"], "", []],
    [["nothing"], "", []],
    [["get", "--target"], "", []],
  ])("after %j, %j may become words", (before, word, expected) => {
    expect(wordsAt(before, word)).toEqual(expected);
  });

  it.each([
    [["show"], { completes: "package", before: [] }],
    [["get", "a", "b"], { completes: "package", before: ["a", "b"] }],
    [["cat", "storefront"], { completes: "file", before: ["storefront"] }],
    [["cat", "-n", "team", "storefront", "a.yaml"], { completes: "file", options: { namespace: "team" } }],
    [["cat", "--as=bob", "storefront"], { completes: "file", before: ["storefront"], options: { as: "bob" } }],
    [["push"], { completes: "folder" }],
    [["fmt", "a.yaml"], { completes: "folder" }],
    [["set"], { completes: "package" }],
    [["set", "storefront", "--input"], { completes: "folder" }],
    [["pull", "storefront"], { completes: "folder" }],
    [["repo", "show"], { completes: "repository", before: [] }],
    [["get", "--repo"], { completes: "repository" }],
    [["get", "-n"], { completes: "namespace" }],
  ])("after %j, values are looked up", (before, expected) => {
    expect(wordsAt(before)).toMatchObject({ kind: "values", ...expected });
  });
});

describe("__complete", () => {
  it("does not offer the words of other programs", async () => {
    const io = createIo();
    await runProgram(["__complete", "r"], io);
    expect(io.output()).not.toContain("rpkg");
  });

  it("prints words with their descriptions, and a directive, as kubectl expects it", async () => {
    const io = createIo();
    expect(await runProgram(["__complete", "rej"], io)).toBe(0);
    expect(io.output()).toBe("reject\tMake a proposal of another user a draft again\n:4\n");
  });

  it("lets the shell complete folders", async () => {
    const io = createIo();
    await runProgram(["__complete", "push", "st"], io);
    expect(io.output()).toBe(":0\n");
  });
});
