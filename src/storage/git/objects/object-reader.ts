import type { FileMode } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { GitError } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import type { ObjectType } from "../refs/ref-table.ts";
import { CatFile, type ObjectContents, type ObjectInfo } from "./cat-file.ts";
import { type Commit, parseCommit, parseTag, parseTree, type Tag, type TreeEntry } from "./parse-object.ts";

/** A file below a tree. `path` is relative to that tree. */
export interface TreeFile {
  readonly path: string;
  readonly mode: FileMode;
  readonly oid: Oid;
  /** Bytes; only when asked for, and never for a submodule. */
  readonly size?: number;
  /** Some part of the path is not UTF-8: `path` is for showing and does not name the file. */
  readonly notUtf8?: true;
}

export interface FilesOptions {
  /** Folders, relative to the tree, that are left out with all that is in them. */
  readonly except?: ReadonlySet<string>;
  readonly sizes?: boolean;
}

export interface ReaderOptions {
  /** Larger objects are refused (`ObjectTooLarge`) and never held in memory; 64 MiB unless told. */
  readonly maxObjectBytes?: number;
  /** Called when an object is there and cannot be read. */
  readonly onDamage?: () => void;
}

/** Of a commit or an annotated tag, whoever wrote it: several times what our own largest ones have. */
const maxMessageBytes = 4 * 1024 * 1024;
const defaultMaxObjectBytes = 64 * 1024 * 1024;

/**
 * Reads objects of one bare repository. Calls made together are asked together. What is absent is `undefined` or
 * `GitError` `ObjectMissing`, as each method says.
 */
export class ObjectReader {
  readonly #catFile: CatFile;

  constructor(env: Environment, options: ReaderOptions = {}) {
    this.#catFile = new CatFile(env, options.maxObjectBytes ?? defaultMaxObjectBytes, options.onDamage ?? (() => {}));
  }

  /** Kind and size of what a spec names, for example an id or `<id>^{commit}`. */
  async info(spec: string): Promise<ObjectInfo | undefined> {
    const found = await this.#catFile.ask("info", spec);
    return found && { oid: found.oid, type: found.type, size: found.size };
  }

  /** Throws `ObjectMissing`. */
  async read(oid: Oid): Promise<ObjectContents> {
    return await this.#read(oid);
  }

  /** Throws `ObjectMissing`, also if the object is something else, and `ObjectTooLarge` for a message of megabytes. */
  async commit(oid: Oid): Promise<Commit> {
    return parseCommit((await this.#readTyped(oid, "commit", maxMessageBytes)).bytes);
  }

  /** Throws `ObjectMissing`, also if the object is something else, and `ObjectTooLarge` for a message of megabytes. */
  async tag(oid: Oid): Promise<Tag> {
    return parseTag((await this.#readTyped(oid, "tag", maxMessageBytes)).bytes);
  }

  /** The tree of a folder of a commit (or tree); `""` is the root. Undefined if it is absent or no folder. */
  async treeAt(commit: Oid, path: string): Promise<Oid | undefined> {
    // `<id>:./x` is relative to a work tree, which ends git: such parts name nothing in a tree.
    if (path.split("/").some((part) => part === "." || part === "..")) return undefined;
    // Without the slash `<id>:x-gabc123` would be read as the output of `git describe`, naming object abc123.
    const found = await this.info(path === "" ? `${commit}^{tree}` : `${commit}:${path}/`);
    return found?.type === "tree" ? found.oid : undefined;
  }

  /** A tree's own entries, in Git's order. Throws `ObjectMissing`. */
  async entries(tree: Oid): Promise<TreeEntry[]> {
    return parseTree((await this.#readTyped(tree, "tree")).bytes, tree.length / 2);
  }

  /** All files below a tree, sorted by path. Throws `ObjectMissing`, and `ObjectTooLarge` for more than 20,000 entries. */
  async files(tree: Oid, options: FilesOptions = {}): Promise<TreeFile[]> {
    const files = await this.#walk(tree, "", false, options.except ?? new Set(), { left: maxEntries });
    files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    return options.sizes ? await Promise.all(files.map((file) => this.#measure(file))) : files;
  }

  /** The contents of blobs, in the order asked for. Throws `ObjectMissing`. */
  async blobs(oids: readonly Oid[]): Promise<Buffer[]> {
    const found = await Promise.all(oids.map((oid) => this.#readTyped(oid, "blob")));
    return found.map(({ bytes }) => bytes);
  }

  close(): void {
    this.#catFile.close();
  }

  async #read(oid: Oid, maxBytes?: number): Promise<ObjectContents> {
    const found = await this.#catFile.ask("contents", oid, maxBytes);
    if (found === undefined) throw new GitError("ObjectMissing", `object ${oid} is not there`);
    return found;
  }

  async #readTyped(oid: Oid, type: ObjectType, maxBytes?: number): Promise<ObjectContents> {
    const found = await this.#read(oid, maxBytes);
    if (found.type !== type) throw new GitError("ObjectMissing", `object ${oid} is a ${found.type}, not a ${type}`);
    return found;
  }

  async #walk(
    tree: Oid,
    prefix: string,
    notUtf8: boolean,
    except: ReadonlySet<string>,
    entries: { left: number },
  ): Promise<TreeFile[]> {
    // A few small objects can stand for billions of paths: each tree is one, however often it is named.
    if (entries.left < 0) throw tooManyEntries();
    const own = await this.entries(tree);
    entries.left -= own.length;
    if (entries.left < 0) throw tooManyEntries();
    const found = await Promise.all(
      own.map(async ({ name, nameBytes, mode, oid }): Promise<TreeFile[]> => {
        const path = `${prefix}${name}`;
        const odd = notUtf8 || nameBytes !== undefined;
        if (mode !== "040000") return [{ path, mode, oid, ...(odd ? { notUtf8: true } : {}) }];
        return except.has(path) ? [] : await this.#walk(oid, `${path}/`, odd, except, entries);
      }),
    );
    return found.flat();
  }

  async #measure(file: TreeFile): Promise<TreeFile> {
    const info = file.mode === "160000" ? undefined : await this.info(file.oid);
    return info === undefined ? file : { ...file, size: info.size };
  }
}

/** Files and folders that are read of one tree. */
const maxEntries = 20_000;

function tooManyEntries(): GitError {
  return new GitError("ObjectTooLarge", `the folder has more than ${maxEntries} files and folders`);
}
