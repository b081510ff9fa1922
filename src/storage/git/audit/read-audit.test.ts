import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { it as base, MAIN } from "../testing/fixtures.ts";
import { testSigning } from "../testing/signing.ts";
import { readAudit } from "./read-audit.ts";

const it = base.extend("audit", ({ repository }) => async (PATH = process.env.PATH ?? "", dir = repository.bare) => {
  const entries = [];
  const options = { dir, keys: new Set(testSigning.known), packages: [], ambient: { PATH } };
  for await (const { tag, provenance, problems } of readAudit(options)) entries.push([tag, provenance, ...problems]);
  return entries;
});

describe("readAudit", () => {
  it("tells of a tag that cannot be read, and reads the others", async ({ repository, audit }) => {
    const commit = await repository.commitFile(MAIN, "web/a.yaml", "a: 1\n");
    const message = join(repository.folder, "message");
    await writeFile(message, "x\n".repeat(3 * 1024 * 1024));
    await repository.git("tag", "-a", "-F", message, "web/v1", commit);
    await repository.git("tag", "-a", "-m", "small", "web/v2", commit);
    await repository.git("tag", "web/v3", commit);
    expect(await audit()).toEqual([
      ["web/v1", "External", expect.stringContaining("the tag cannot be read: ")],
      ["web/v2", "External"],
      ["web/v3", "External"],
    ]);
  });

  it("reads a tagger of any text at once", async ({ repository, audit }) => {
    const commit = await repository.commitFile(MAIN, "web/a.yaml", "a: 1\n");
    const file = join(repository.folder, "tag");
    await writeFile(file, `object ${commit}\ntype commit\ntag web/v1\ntagger ${"<".repeat(250_000)}\n\nx\n`);
    const tag = await repository.git("hash-object", "-t", "tag", "--literally", "-w", file);
    await repository.git("update-ref", "refs/tags/web/v1", tag);
    const before = process.threadCpuUsage();
    expect(await audit()).toEqual([["web/v1", "External"]]);
    expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(5_000);
  });

  it.for(["", ".", `.:${process.env.PATH}`])(
    "starts no git that the clone has, with PATH %j",
    async (PATH, { audit, repository, onTestFinished }) => {
      await repository.commitFile(MAIN, "web/a.yaml", "a: 1\n");
      const dir = await mkdtemp(join(tmpdir(), "pkgserver-clone-"));
      onTestFinished(async () => await rm(dir, { recursive: true }));
      await promisify(execFile)("git", ["clone", "-q", repository.bare, join(dir, "clone")]);
      const program = join(dir, "clone", "git");
      await writeFile(program, `#!/bin/sh\ntouch ${join(dir, "started")}\nexit 1\n`);
      await chmod(program, 0o755);
      await audit(PATH, join(dir, "clone")).catch(() => undefined);
      await expect(stat(join(dir, "started"))).rejects.toThrow("ENOENT");
    },
  );
});
