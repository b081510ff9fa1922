import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { measureTurns } from "../../../event-loop/testing/measure-turns.ts";
import { gitEnvironment } from "../exec/environment.ts";
import { it as base } from "../testing/fixtures.ts";
import { testSettings } from "../testing/repositories.ts";
import { testSigning } from "../testing/signing.ts";
import { ObjectReader, type ReaderOptions } from "./object-reader.ts";

const run = promisify(execFile);

type Entry = readonly [mode: string, oid: string, name: string | Buffer];

const it = base
  /** Opens a reader of the remote, which is closed after the test. */
  .extend("openReader", ({ repository, onTestFinished }) => (options: Partial<ReaderOptions> = {}): ObjectReader => {
    const env = gitEnvironment(testSettings, repository.bare, repository.folder);
    const reader = new ObjectReader(env, { signing: testSigning, ...options });
    onTestFinished(() => reader.close());
    return reader;
  })
  .extend("reader", ({ openReader }) => openReader())
  /** Writes a tree and returns its id. */
  .extend("makeTree", ({ repository }) => async (entries: readonly Entry[]): Promise<string> => {
    const lines = entries.map(([mode, oid, name]) => {
      const type = mode === "040000" ? "tree" : mode === "160000" ? "commit" : "blob";
      return Buffer.concat([Buffer.from(`${mode} ${type} ${oid}\t`), Buffer.from(name), Buffer.from([0])]);
    });
    const file = join(repository.folder, "tree");
    await writeFile(file, Buffer.concat(lines));
    const { stdout } = await run("sh", ["-c", `git -C "$0" mktree -z --missing < "$1"`, repository.bare, file]);
    return stdout.trim();
  })
  /** Writes a blob and returns its id. */
  .extend("makeBlob", ({ repository }) => async (content: Buffer | string): Promise<string> => {
    const file = join(repository.folder, "blob");
    await writeFile(file, content);
    return await repository.git("hash-object", "-w", "--no-filters", file);
  });

describe("ObjectReader", () => {
  it("reads commits and tags, and rejects missing objects and those of another type", async ({
    repository,
    reader,
  }) => {
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
      isSigned: false,
    });
    expect(await reader.tag(await repository.git("rev-parse", "x/v1"))).toEqual({
      target: second,
      targetType: "commit",
      name: "x/v1",
      tagger: who,
      message: "title\n\nbody\n",
      isSigned: false,
    });
    await expect(reader.tag(second)).rejects.toMatchObject({ reason: "ObjectMissing" });
    await expect(reader.read("0".repeat(40))).rejects.toMatchObject({ reason: "ObjectMissing" });
    expect(await reader.info("0".repeat(40))).toBeUndefined();
  });

  it("keeps bytes, modes and names, also names that are not UTF-8", async ({
    repository,
    reader,
    makeBlob,
    makeTree,
  }) => {
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
        { path: "f\udcfff", mode: "100644", oid: blob, size: 5 },
        { path: "link", mode: "120000", oid: blob, size: 5 },
        { path: "module", mode: "160000", oid: commit },
        { path: "plain", mode: "100644", oid: blob, size: 5 },
        { path: "run.sh", mode: "100755", oid: blob, size: 5 },
      ].sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
    expect(await reader.blobs([blob])).toEqual([bytes]);
    expect((await reader.files(tree, { except: new Set(["folder"]) })).map(({ path }) => path)).not.toContain(
      "folder/inner",
    );
  });

  it("finds folders whose names have a meaning for git", async ({ repository, reader, makeBlob, makeTree }) => {
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

  it("answers thousands of requests in order", async ({ reader, makeBlob }) => {
    const contents = Array.from({ length: 40 }, (_, index) => Buffer.alloc(index * index * 71, index));
    const oids: string[] = [];
    for (const content of contents) oids.push(await makeBlob(content));
    const asked = Array.from({ length: 2000 }, (_, index) => (index * 7) % 40);
    const read = await reader.blobs(asked.map((index) => oids[index] ?? ""));
    expect(read.every((bytes, index) => bytes.equals(contents[asked[index] ?? 0] ?? Buffer.alloc(0)))).toBe(true);
  });

  it("rejects an object that is too large, and answers the next request", async ({ openReader, makeBlob }) => {
    const large = await makeBlob(Buffer.alloc(300_000, 1));
    const small = await makeBlob("small");
    const limited = openReader({ maxObjectBytes: 1000 });
    const results = await Promise.allSettled([limited.read(small), limited.read(large), limited.read(small)]);
    expect(results.map((result) => (result.status === "fulfilled" ? "read" : result.reason.reason))).toEqual([
      "read",
      "ObjectTooLarge",
      "read",
    ]);
  });

  it("rejects only the request that ends git", async ({ repository, reader, makeBlob }) => {
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

  it("rejects requests after it was closed", async ({ reader }) => {
    reader.close();
    await expect(reader.info("HEAD")).rejects.toMatchObject({ reason: "Closed" });
  });

  it("reads objects of at most 64 MiB by default", async ({ reader, makeBlob }) => {
    const limit = 64 * 1024 * 1024;
    const [largest, larger] = [await makeBlob(Buffer.alloc(limit)), await makeBlob(Buffer.alloc(limit + 1))];
    expect((await reader.read(largest)).size).toBe(limit);
    await expect(reader.read(larger)).rejects.toMatchObject({ reason: "ObjectTooLarge" });
  });

  it("reads commits and tags of at most 4 MiB", async ({ repository, reader }) => {
    const target = await repository.commitFile("refs/heads/main", "a", "1");
    const header = `object ${target}\ntype commit\ntag v1\ntagger A <a@example.com> 0 +0000\n\n`;
    const file = join(repository.folder, "tag");
    const makeTag = async (size: number) => {
      await writeFile(file, header.padEnd(size, "x"));
      return await repository.git("hash-object", "-t", "tag", "-w", file);
    };
    const limit = 4 * 1024 * 1024;
    expect((await reader.tag(await makeTag(limit))).message).toHaveLength(limit - header.length);
    await expect(reader.tag(await makeTag(limit + 1))).rejects.toMatchObject({ reason: "ObjectTooLarge" });
  });

  it("lists at most 20,000 files and folders, also if one tree occurs many times", async ({
    reader,
    makeBlob,
    makeTree,
  }) => {
    const blob = await makeBlob("x");
    const names = (count: number) => Array.from({ length: count }, (_, index) => String(index).padStart(3, "0"));
    const inner = await makeTree(names(99).map((name) => ["100644", blob, name]));
    const largest = await makeTree(names(200).map((name) => ["040000", inner, name]));
    expect(await reader.files(largest)).toHaveLength(200 * 99);
    const larger = await makeTree(names(201).map((name) => ["040000", inner, name]));
    await expect(reader.files(larger)).rejects.toMatchObject({ reason: "ObjectTooLarge" });
  });

  it("reads no folder with more entries than the heap can hold, and keeps the event loop for no folder", async ({
    reader,
    makeBlob,
    makeTree,
  }) => {
    const blob = await makeBlob("x");
    const treeOf = async (count: number) =>
      await makeTree(Array.from({ length: count }, (_, at) => ["100644", blob, String(at).padStart(7, "0")]));
    const [largest, larger, tooLarge] = [await treeOf(50_000), await treeOf(50_001), await treeOf(230_000)];
    const { longestMs } = await measureTurns(async () => {
      expect(await reader.entries(largest)).toHaveLength(50_000);
      await expect(reader.entries(larger)).rejects.toMatchObject({ reason: "ObjectTooLarge" });
      await expect(reader.entries(tooLarge)).rejects.toMatchObject({ reason: "ObjectTooLarge" });
    });
    expect(longestMs).toBeLessThanOrEqual(200);
  });

  it("rejects contents that do not match the object's id, and reports the damage", async ({
    repository,
    openReader,
    makeBlob,
  }) => {
    let reports = 0;
    const [good, other] = [await makeBlob("good"), await makeBlob("evil")];
    const pathOf = (oid: string) => join(repository.bare, "objects", oid.slice(0, 2), oid.slice(2));
    await run("cp", ["-f", pathOf(other), pathOf(good)]);
    const reader = openReader({ onDamage: () => void reports++ });
    await expect(reader.read(good)).rejects.toMatchObject({ reason: "MirrorCorrupt" });
    expect(reports).toBe(1);
  });
});
