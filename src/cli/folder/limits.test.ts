import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { it as base, describe, expect } from "vitest";
import { readFolder } from "./local-files.ts";
import { readLimited, readLocalFile } from "./read-limited.ts";

const it = base.extend("dir", async ({}, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "limits-"));
  onCleanup(async () => await rm(dir, { recursive: true }));
  return dir;
});

describe("readLocalFile and readLimited", () => {
  it("read what is small, and refuse what does not end", async ({ dir }) => {
    await writeFile(join(dir, "a"), "text");
    expect((await readLocalFile(dir, "a")).toString()).toBe("text");
    await expect(readLocalFile("/", "dev/zero")).rejects.toThrow('"dev/zero" has more than 1048576 bytes');
    await expect(readLocalFile(dir, ".")).rejects.toThrow('"." is a folder');
    await expect(readLocalFile(dir, "b")).rejects.toThrow("ENOENT");
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    await expect(readLimited(endless, "stdin")).rejects.toThrow('"stdin" has more than');
    expect(endless.destroyed).toBe(true);
  });
});

describe("readFolder", () => {
  it("reads no folder that is far larger than a package", async ({ dir }) => {
    await writeFile(join(dir, "a"), "");
    await truncate(join(dir, "a"), 300 * 1024 * 1024);
    await expect(readFolder(dir)).rejects.toThrow("has more than 268435456 bytes of files");
  });
});
