import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { GitServer } from "../harness/git-server.ts";

/** A tree entry as Git stores it; its name may be any bytes. */
export type RawTreeEntry = readonly [mode: string, name: string | Uint8Array, oid: string];

/** Writes objects and refs directly into a repository's folder, without any check of git's, as an attacker could. */
export interface RawObjectWriter {
  object(type: "blob" | "tree" | "commit" | "tag", bytes: string | Uint8Array): Promise<string>;
  /** Keeps the order of the entries, also where Git would sort them. */
  tree(...entries: readonly RawTreeEntry[]): Promise<string>;
  /** Nested folders along `path`, with the entries in the last one. */
  folders(path: string, ...entries: readonly RawTreeEntry[]): Promise<string>;
  commit(
    tree: string,
    more?: { readonly message?: string; readonly time?: number; readonly parent?: string },
  ): Promise<string>;
  tag(
    target: string,
    more?: { readonly message?: string; readonly time?: number; readonly type?: string },
  ): Promise<string>;
  /** Full name → object; names are not checked. */
  refs(refs: Readonly<Record<string, string>>): Promise<void>;
}

const PERSON = "External User <external@example.com>";

export function createRawObjects(git: GitServer, repository: string): RawObjectWriter {
  const dir = git.path(repository);
  const writer: RawObjectWriter = {
    object: async (type, content) => {
      const bytes = Buffer.from(content);
      const object = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
      const oid = createHash("sha1").update(object).digest("hex");
      const folder = join(dir, "objects", oid.slice(0, 2));
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, oid.slice(2)), deflateSync(object, { level: 1 }));
      return oid;
    },
    tree: async (...entries) => {
      const lines = entries.map(([mode, name, oid]) =>
        Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(oid, "hex")]),
      );
      return await writer.object("tree", Buffer.concat(lines));
    },
    folders: async (path, ...entries) => {
      let tree = await writer.tree(...entries);
      for (const name of path.split("/").reverse()) tree = await writer.tree(["40000", name, tree]);
      return tree;
    },
    commit: async (tree, { message = "A change\n", time = 1_767_225_600, parent } = {}) => {
      const signature = `${PERSON} ${time} +0000`;
      const parents = parent === undefined ? "" : `parent ${parent}\n`;
      const text = `tree ${tree}\n${parents}author ${signature}\ncommitter ${signature}\n\n${message}`;
      return await writer.object("commit", text);
    },
    tag: async (target, { message = "A tag\n", time = 1_767_225_600, type = "commit" } = {}) =>
      await writer.object("tag", `object ${target}\ntype ${type}\ntag x\ntagger ${PERSON} ${time} +0000\n\n${message}`),
    refs: async (refs) => {
      await git.git(repository, "pack-refs", "--all");
      const file = join(dir, "packed-refs");
      const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
      const all = new Map(
        lines.flatMap((line) => (/^[0-9a-f]{40} /.test(line) ? [[line.slice(41), line.slice(0, 40)]] : [])),
      );
      for (const [name, oid] of Object.entries(refs)) all.set(name, oid);
      const sorted = [...all].sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      await writeFile(file, sorted.map(([name, oid]) => `${oid} ${name}\n`).join(""));
    },
  };
  return writer;
}
