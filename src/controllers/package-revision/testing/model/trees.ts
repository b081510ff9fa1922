import type { PackageFile } from "../../../../core/files/package-file.ts";
import type { TreeEdit } from "../../../../core/files/tree-edit.ts";
import { blobOid } from "../../../../core/identity/hash.ts";
import { isBelow } from "../../../../core/identity/location.ts";
import { type Oid, objectFormatOf } from "../../../../core/identity/oid.ts";
import { oid } from "../../../../core/testing/discovered.ts";

/** A tree of the model, flat: path → text. Submodules, links and modes are left to other tests. */
export type Files = ReadonlyMap<string, string>;

const NONE: Files = new Map();
const encoded = new Map<string, Uint8Array>();
const texts = new WeakMap<Uint8Array, string>();

/** The bytes of a text: the same array for the same text, so that it is hashed once. */
export function bytesOf(text: string): Uint8Array {
  const known = encoded.get(text) ?? new TextEncoder().encode(text);
  encoded.set(text, known);
  texts.set(known, text);
  return known;
}

export function textOf(bytes: Uint8Array): string {
  return texts.get(bytes) ?? new TextDecoder().decode(bytes);
}

/** The files of a folder, by their paths from there. */
export function filesIn(files: Files, folder: string, except: readonly string[] = []): Files {
  const inside = [...files].filter(
    ([path]) => isBelow(path, folder) && !except.some((one) => path === one || isBelow(path, one)),
  );
  return new Map(inside.map(([path, text]) => [folder === "" ? path : path.slice(folder.length + 1), text]));
}

/** The files as the functions for package contents take them. */
export function asFiles(files: Files, like: Oid): readonly PackageFile[] {
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => ({
      path,
      mode: "100644",
      oid: blobOid(bytesOf(text), objectFormatOf(like)),
      bytes: bytesOf(text),
    }));
}

/** True for the same names with the same texts. */
export function sameFiles(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([path, text]) => b.get(path) === text);
}

/** Gives equal trees the same id, and gets them back by it. */
export class TreeStore {
  readonly #ids = new Map<string, Oid>();
  readonly #trees = new Map<Oid, Files>();

  /** Undefined for no files: Git has no empty folders. */
  id(files: Files): Oid | undefined {
    if (files.size === 0) return undefined;
    const text = JSON.stringify([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#ids.get(text) ?? oid(0x7ee0_0000 + this.#ids.size);
    this.#ids.set(text, known);
    this.#trees.set(known, files);
    return known;
  }

  get(tree: Oid | undefined): Files {
    return (tree === undefined ? undefined : this.#trees.get(tree)) ?? NONE;
  }

  apply(files: Files, edits: readonly TreeEdit[]): Files {
    const now = new Map(files);
    const clear = (path: string) => {
      for (const one of [...now.keys()]) if (one === path || isBelow(one, path)) now.delete(one);
    };
    const put = (path: string, text: string) => {
      // Git puts a folder where a file was.
      for (const one of [...now.keys()]) if (isBelow(path, one)) now.delete(one);
      clear(path);
      now.set(path, text);
    };
    for (const edit of edits) {
      switch (edit.kind) {
        case "remove":
          clear(edit.path);
          break;
        case "putFile":
          put(edit.path, textOf(edit.bytes));
          break;
        case "putTree":
          clear(edit.path);
          for (const [path, text] of this.get(edit.tree)) put(edit.path === "" ? path : `${edit.path}/${path}`, text);
          break;
        case "putObject":
          throw new Error("the model has no submodules");
        default:
          throw new Error(edit satisfies never);
      }
    }
    return now;
  }
}
