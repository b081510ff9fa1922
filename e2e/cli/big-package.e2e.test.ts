import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { runGit } from "../harness/git-command.ts";
import { testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const COUNT = 2_000;
const BYTES = 5 * 1024 * 1024;

/** Every tenth file is binary, every hundredth executable in Git. */
const isBinary = (index: number) => index % 10 === 3;
const pathOf = (index: number) =>
  `dir-${index % 20}/file-${String(index).padStart(4, "0")}.${isBinary(index) ? "bin" : "yaml"}`;
function bytesOf(index: number): Uint8Array {
  const size = Math.floor(BYTES / COUNT);
  if (isBinary(index)) return noise(index, size);
  const head = `kind: ConfigMap\nmetadata: { name: f${index} }\ndata:\n  text: ü\n`;
  return Buffer.from(`${head}# ${"x".repeat(size - head.length - 4)}\n`);
}
function noise(index: number, size: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(size / 64) }, (_, part) =>
    createHash("sha512").update(`${index} ${part}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, size);
}

const FILES = new Map(Array.from({ length: COUNT }, (_, index) => [pathOf(index), bytesOf(index)] as const));

const it = testWithCli("big");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("catalog");
  const files = Object.fromEntries([...FILES].map(([path, bytes]) => [`big/${path}`, bytes]));
  const executable = { executable: "#!/bin/sh\n" };
  await pushExternally(env.git, "catalog", { files: { ...files, "big/run.sh": executable }, tags: ["big/v1"] });
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Path → hash of every file of a folder. */
async function hashesOf(dir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== ".kubectl-pkg.json");
  const hashes = files.map(async (entry) => {
    const file = join(entry.parentPath, entry.name);
    return [file.slice(dir.length + 1), hash(await readFile(file))] as const;
  });
  return Object.fromEntries((await Promise.all(hashes)).sort());
}

describe("a package of 2,000 files and 5 MiB", () => {
  it("goes byte for byte from a blueprint through pull, push, diff and approve to a tag", async ({
    cli,
    env,
    packages,
  }) => {
    await cli("clone", "catalog/big", "edge1", "--workspace", "first");
    await cli("pull", "edge1/big", "big");
    const dir = join(cli.dir, "big");
    const pulled = await hashesOf(dir);
    expect(Object.keys(pulled)).toHaveLength(COUNT + 1);
    for (const [path, bytes] of FILES) expect(pulled[path], path).toBe(hash(bytes));

    const changed: string[] = [];
    for (let index = 0; index < COUNT; index += 40) {
      changed.push(pathOf(index), pathOf(index + 3));
      await writeFile(join(dir, pathOf(index)), `changed: ${index}\n`);
      await writeFile(join(dir, pathOf(index + 3)), Uint8Array.from([0, index % 256, 255]));
    }
    const removed = [7, 8, 9, 13].map(pathOf);
    for (const path of removed) await rm(join(dir, path));
    const added = Array.from({ length: 20 }, (_, index) => `new/${index}.bin`);
    await writeFile(join(dir, "dir-0", "becomes-text.yaml"), "a: 1\n");
    await mkdir(join(dir, "new"));
    for (const path of added) await writeFile(join(dir, path), Uint8Array.from([0, 1, 2]));
    await writeFile(join(dir, "run.sh"), "#!/bin/sh\nexit 0\n");
    const all = [...changed, ...removed, ...added, "dir-0/becomes-text.yaml", "run.sh"].sort();

    const listed = (await cli("diff", "./big", "--name-only")).trim().split("\n");
    expect(listed).toEqual(all);
    const pushed = (await cli("push", "big")).trim().split("\n");
    expect(pushed.map((line) => line.slice(2))).toEqual(all);
    const object = "edge1.deployments.big.first";
    await packages.waitUntilShown(object);
    expect((await cli("diff", "deployments/edge1/big", "--upstream", "--name-only")).trim().split("\n")).toEqual(all);

    await cli("propose", "deployments/edge1/big", "--wait");
    const digest = (await env.revision(object)).status?.proposal?.digest ?? "";
    const args = ["approve", object, "--yes", "--digest", digest, "--stat"];
    const approved = await cli.run(args, { as: "bob" });
    expect(approved.stderr).toBe("published edge1/big@first as v1\n");
    expect(approved.stdout).toContain(`${COUNT + 1 - removed.length + added.length + 1} files changed`);

    const clone = join(cli.dir, "clone");
    await runGit(cli.dir, ["clone", "--quiet", "--branch", "edge1/big/v1", env.git.path("deployments"), clone]);
    expect(await hashesOf(join(clone, "edge1", "big"))).toEqual(await hashesOf(dir));
    const modes = await env.git.git("deployments", "ls-tree", "edge1/big/v1:edge1/big", "run.sh");
    expect(modes).toMatch(/^100755 /);
  });
});
