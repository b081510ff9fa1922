import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestRepository } from "./repositories.ts";

const PERSON = "Else <else@example.com> 1767225600 +0000";

/** What there is many of: revisions of one package, packages with one revision, or pushed drafts of one package. */
export type Dimension = "revisions" | "packages" | "drafts";

/** Adds the refs number `from` to `to` - 1, as another client, with one git process. */
export async function addRefs(repository: TestRepository, what: Dimension, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at);
  await run(repository, ["fast-import", "--quiet", "--force"], `${base(what, to)}${numbers.map(ref[what]).join("")}`);
  await run(repository, ["pack-refs", "--all"], "");
}

/** Deletes the refs number `from` to `to` - 1. */
export async function deleteRefs(repository: TestRepository, what: Dimension, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at);
  const name = (at: number) => (what === "drafts" ? `refs/heads/${draft(at)}` : `refs/tags/${tag(what, at)}`);
  await run(repository, ["update-ref", "--stdin"], numbers.map((at) => `delete ${name(at)}\n`).join(""));
}

/** Makes so many tags of 100 packages all refs of the remote but `refs/heads/main`, which exists. */
export async function writeTags(repository: TestRepository, count: number): Promise<void> {
  const commit = await repository.git("rev-parse", "refs/heads/main");
  const lines = Array.from({ length: count }, (_, index) => {
    const name = `refs/tags/p${index % 100}/v${Math.floor(index / 100) + 1}`;
    return `${name} ${commit}`;
  });
  const packed = lines.sort().map((line) => `${line.split(" ").toReversed().join(" ")}\n`);
  await writeFile(join(repository.bare, "packed-refs"), `# pack-refs with: sorted \n${packed.join("")}`);
}

/** Files and folders below a folder. */
export async function countInodes(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true })).length;
}

/** The commit that all refs begin from: its id is the same for the same files. */
function base(what: Dimension, count: number): string {
  const folders = what === "packages" ? Array.from({ length: count }, (_, at) => `p${at}`) : ["dns"];
  const files = folders.map((folder) => `M 100644 inline ${folder}/a.yaml\n${data("a: 1\n")}`);
  const first = `commit refs/heads/main\nmark :1\ncommitter ${PERSON}\n${data("files\n")}${files.join("")}\n`;
  return what === "drafts" ? `${first}tag dns/v1\nfrom :1\ntagger ${PERSON}\n${data("v1\n")}` : first;
}

const tagOf = (what: Dimension) => (at: number) =>
  `tag ${tag(what, at)}\nfrom :1\ntagger ${PERSON}\n${data("published\n")}`;
const ref = {
  revisions: tagOf("revisions"),
  packages: tagOf("packages"),
  drafts: (at: number) =>
    `commit refs/heads/${draft(at)}\ncommitter ${PERSON}\n${data("edit\n")}from :1\n` +
    `M 100644 inline dns/a.yaml\n${data(`a: ${at + 2}\n`)}\n`,
};

function tag(what: Dimension, at: number): string {
  return what === "packages" ? `p${at}/v1` : `dns/v${at + 1}`;
}

function draft(at: number): string {
  return `dns/w${at}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

async function run({ bare }: TestRepository, args: readonly string[], input: string): Promise<void> {
  const child = spawn("git", args, {
    env: { PATH: process.env.PATH, GIT_DIR: bare, GIT_CONFIG_NOSYSTEM: "1", HOME: bare },
    stdio: ["pipe", "ignore", "inherit"],
  });
  // Of a git that has failed, or reads nothing, the exit code says enough.
  child.stdin.on("error", () => {}).end(input);
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`git ${args.join(" ")}: exit code ${code}`);
}
