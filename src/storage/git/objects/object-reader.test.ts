import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gitEnvironment } from "../exec/environment.ts";
import { TestRepository, testSettings } from "../testing/repositories.ts";
import { ObjectReader } from "./object-reader.ts";

const run = promisify(execFile);

describe("ObjectReader", () => {
  let repository: TestRepository;
  let reader: ObjectReader;

  beforeEach(async () => {
    repository = await TestRepository.create();
    reader = openReader();
  });
  afterEach(async () => {
    reader.close();
    await repository.close();
  });

  function openReader(options = {}): ObjectReader {
    return new ObjectReader(gitEnvironment(testSettings, repository.bare, repository.folder), options);
  }

  async function makeTree(
    entries: readonly (readonly [mode: string, oid: string, name: string | Buffer])[],
  ): Promise<string> {
    const lines = entries.map(([mode, oid, name]) => {
      const type = mode === "040000" ? "tree" : mode === "160000" ? "commit" : "blob";
      return Buffer.concat([Buffer.from(`${mode} ${type} ${oid}\t`), Buffer.from(name), Buffer.from([0])]);
    });
    const file = join(repository.folder, "tree");
    await writeFile(file, Buffer.concat(lines));
    const { stdout } = await run("sh", ["-c", `git -C "$0" mktree -z --missing < "$1"`, repository.bare, file]);
    return stdout.trim();
  }

  async function makeBlob(content: Buffer | string): Promise<string> {
    const file = join(repository.folder, "blob");
    await writeFile(file, content);
    return await repository.git("hash-object", "-w", "--no-filters", file);
  }

  it("reads commits and tags", async () => {
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
    const second = await repository.commitFile("refs/heads/main", "b", "2");
    await repository.git("tag", "-a", "-m", "title\n\nbody", "x/v1", second);
    const who = { name: "Else", email: "else@example.com", time: expect.any(Number) };
    expect(await reader.commit(second)).toEqual({
      tree: await repository.git("rev-parse", `${second}^{tree}`),
      parents: [commit],
      author: who,
      committer: who,
      message: "add b\n",
    });
    expect(await reader.tag(await repository.git("rev-parse", "x/v1"))).toEqual({
      target: second,
      targetType: "commit",
      name: "x/v1",
      tagger: who,
      message: "title\n\nbody\n",
    });
    await expect(reader.tag(second)).rejects.toMatchObject({ reason: "ObjectMissing" });
    await expect(reader.read("0".repeat(40))).rejects.toMatchObject({ reason: "ObjectMissing" });
    expect(await reader.info("0".repeat(40))).toBeUndefined();
  });

  it("keeps bytes, modes and names, and flags names that are not UTF-8", async () => {
    const bytes = Buffer.from([0, 10, 13, 255, 10]);
    const blob = await makeBlob(bytes);
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
    const sub = await makeTree([["100644", blob, "inner"]]);
    const tree = await makeTree([
      ["100644", blob, "plain"],
      ["100755", blob, "run.sh"],
      ["120000", blob, "link"],
      ["160000", commit, "module"],
      ["040000", sub, "folder"],
      ["100644", blob, Buffer.from([0x66, 0xff, 0x66])],
    ]);
    expect(await reader.files(tree, { sizes: true })).toEqual(
      [
        { path: "folder/inner", mode: "100644", oid: blob, size: 5 },
        { path: "f\ufffdf", mode: "100644", oid: blob, size: 5, notUtf8: true },
        { path: "link", mode: "120000", oid: blob, size: 5 },
        { path: "module", mode: "160000", oid: commit },
        { path: "plain", mode: "100644", oid: blob, size: 5 },
        { path: "run.sh", mode: "100755", oid: blob, size: 5 },
      ].sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
    expect((await reader.entries(tree)).find(({ nameBytes }) => nameBytes)?.nameBytes).toEqual(
      Buffer.from([0x66, 0xff, 0x66]),
    );
    expect(await reader.blobs([blob])).toEqual([bytes]);
    expect((await reader.files(tree, { except: new Set(["folder"]) })).map(({ path }) => path)).not.toContain(
      "folder/inner",
    );
  });

  it("finds folders whose names mean something to git", async () => {
    const blob = await makeBlob("x");
    const inner = await makeTree([["100644", blob, "file"]]);
    const decoy = await makeTree([["100644", blob, "decoy"]]);
    const names = [
      "plain",
      "with space",
      " lead and trail ",
      "qu\"ote's",
      "-dash",
      "ünï→",
      "a:b",
      "caret^{tree}",
      "tilde~1",
      "at@{0}",
      "back\\slash",
      "tab\there",
      `pkg-g${decoy.slice(0, 10)}`,
      "blob missing",
    ].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const tree = await makeTree(names.map((name) => ["040000", inner, name] as const));
    const commit = await repository.git("commit-tree", tree, "-m", "x");
    const found = await Promise.all(names.map((name) => reader.treeAt(commit, name)));
    expect(Object.fromEntries(names.map((name, index) => [name, found[index]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, inner])),
    );
    expect(await reader.treeAt(commit, "")).toBe(tree);
    expect(await reader.treeAt(commit, "plain/file")).toBeUndefined();
    expect(await reader.treeAt(commit, `x-g${decoy.slice(0, 10)}`)).toBeUndefined();
    expect(await reader.treeAt(commit, "./plain")).toBeUndefined();
    expect(await reader.treeAt(commit, "plain/../plain")).toBeUndefined();
    await expect(reader.treeAt(commit, "plain\ncontents HEAD")).rejects.toMatchObject({ reason: "InvalidChange" });
  });

  it("answers thousands of requests in order, whatever their sizes", async () => {
    const contents = Array.from({ length: 40 }, (_, index) => Buffer.alloc(index * index * 71, index));
    const oids: string[] = [];
    for (const content of contents) oids.push(await makeBlob(content));
    const asked = Array.from({ length: 2000 }, (_, index) => (index * 7) % 40);
    const read = await reader.blobs(asked.map((index) => oids[index] ?? ""));
    expect(read.every((bytes, index) => bytes.equals(contents[asked[index] ?? 0] ?? Buffer.alloc(0)))).toBe(true);
  });

  it("refuses what is too large and goes on", async () => {
    const large = await makeBlob(Buffer.alloc(300_000, 1));
    const small = await makeBlob("small");
    const careful = openReader({ maxObjectBytes: 1000 });
    const results = await Promise.allSettled([careful.read(small), careful.read(large), careful.read(small)]);
    careful.close();
    expect(results.map((result) => (result.status === "fulfilled" ? "read" : result.reason.reason))).toEqual([
      "read",
      "ObjectTooLarge",
      "read",
    ]);
  });

  it("fails only the object that kills git", async () => {
    const good = await makeBlob("good");
    const bad = await makeBlob("bad");
    const path = join(repository.bare, "objects", bad.slice(0, 2), bad.slice(2));
    await run("chmod", ["u+w", path]);
    await run("sh", ["-c", 'head -c 12 "$0" > "$0.x" && mv -f "$0.x" "$0"', path]);
    const results = await Promise.allSettled([reader.read(good), reader.read(bad), reader.read(good)]);
    expect(results.map((result) => (result.status === "fulfilled" ? "read" : result.reason.reason))).toEqual([
      "read",
      "MirrorCorrupt",
      "read",
    ]);
  });

  it("refuses what is asked after its end", async () => {
    reader.close();
    await expect(reader.info("HEAD")).rejects.toMatchObject({ reason: "Closed" });
  });
});
