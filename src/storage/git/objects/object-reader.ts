import { MAX_ENTRIES } from "../../../core/files/path-tree.ts";
import type { FileMode } from "../../../core/files/tree-edit.ts";
import { compare } from "../../../core/identity/compare.ts";
import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";
import { NAME_RESEMBLES_SECRET } from "../error-text.ts";
import { GitError } from "../errors.ts";
import type { Environment } from "../exec/environment.ts";
import type { GitMemory } from "../exec/git-memory.ts";
import type { ObjectType } from "../refs/ref-table.ts";
import type { GitSigning } from "../signing/keyring.ts";
import { type Signer, signerOf } from "../signing/signer-of.ts";
import { CatFile } from "./cat-file.ts";
import type { ObjectContents, ObjectInfo } from "./cat-file-process.ts";
import { type Commit, parseCommit, parseTag, parseTree, type Tag, type TreeEntry } from "./parse-object.ts";

/** A file below a tree: also a symlink or submodule. */
export interface TreeFile {
  /** Relative to that tree; as `decodePath` has it. */
  readonly path: string;
  readonly mode: FileMode;
  readonly oid: Oid;
  /** Bytes. Present only with `FilesOptions.sizes`, never for a submodule. */
  readonly size?: number;
}

export interface FilesOptions {
  /** Folders, relative to the tree, that are left out with their contents. */
  readonly except?: ReadonlySet<string>;
  /** Sets `TreeFile.size`; one more request for each file. */
  readonly sizes?: boolean;
}

export interface ReaderOptions {
  /** Larger objects are rejected with `ObjectTooLarge` and not held in memory; 64 MiB by default. */
  readonly maxObjectBytes?: number;
  /** Called when an object exists and cannot be read. */
  readonly onDamage?: () => void;
  /** Ends the process if all git processes together use too much memory. */
  readonly memory?: GitMemory | undefined;
  /** True for a text with a secret that the remote was sent. */
  readonly containsSecret?: (text: string) => boolean;
  /** Recognizes the operator's signatures. */
  readonly signing: Pick<GitSigning, "isSigned">;
}

/** Size of a commit or annotated tag; several times the largest one that pkgserver writes. */
export const MAX_COMMIT_BYTES = 4 * 1024 * 1024;
/** A tree: two million entries in 64 MiB would be 600 MB of heap. */
const MAX_TREE_BYTES = 8 * 1024 * 1024;
const MAX_TREE_ENTRIES = 50_000;
const DEFAULT_MAX_OBJECT_BYTES = 64 * 1024 * 1024;

/**
 * Reads objects of one bare repository through one long-lived git process; concurrent calls are pipelined. All methods
 * throw `GitError`: `MirrorCorrupt` for an object that cannot be read, `ObjectTooLarge` for one above the limit, and
 * `Closed`. For an absent object they return undefined or throw `ObjectMissing`, as documented.
 */
export class ObjectReader {
  readonly #catFile: CatFile;

  readonly #signing: ReaderOptions["signing"];
  readonly #containsSecret: (text: string) => boolean;

  constructor(env: Environment, options: ReaderOptions) {
    this.#signing = options.signing;
    this.#containsSecret = options.containsSecret ?? (() => false);
    this.#catFile = new CatFile(
      env,
      options.maxObjectBytes ?? DEFAULT_MAX_OBJECT_BYTES,
      options.onDamage ?? (() => {}),
      options.memory,
    );
  }

  /** Type and size of the object that a spec names, for example an id or `<id>^{commit}`; undefined if absent. */
  async info(spec: string): Promise<ObjectInfo | undefined> {
    const found = await this.#catFile.ask("info", spec);
    return found && { oid: found.oid, type: found.type, size: found.size };
  }

  /** Throws `ObjectMissing`, and `ObjectTooLarge` for more than `maxBytes`. */
  async read(oid: Oid, maxBytes?: number): Promise<ObjectContents> {
    return await this.#read(oid, maxBytes);
  }

  /** Throws `ObjectMissing`, also for an object of another type. At most 4 MiB. */
  async commit(oid: Oid): Promise<Commit> {
    const { bytes } = await this.#readTyped(oid, "commit", MAX_COMMIT_BYTES);
    return parseCommit(bytes, await this.#signing.isSigned("commit", bytes, objectFormatOf(oid)));
  }

  /** The parents of a commit; undefined if it is absent or no commit. Its signature is not checked. At most 4 MiB. */
  async parents(oid: Oid): Promise<readonly Oid[] | undefined> {
    const found = await this.#catFile.ask("contents", oid, MAX_COMMIT_BYTES);
    return found?.type === "commit" ? parseCommit(found.bytes, false).parents : undefined;
  }

  /** Throws `ObjectMissing`, also for an object of another type. At most 4 MiB. */
  async tag(oid: Oid): Promise<Tag> {
    const { bytes } = await this.#readTyped(oid, "tag", MAX_COMMIT_BYTES);
    return parseTag(bytes, await this.#signing.isSigned("tag", bytes, objectFormatOf(oid)));
  }

  /** Whose signature a commit or annotated tag has, the operator's or another's. Throws as `commit` does. */
  async signer(type: "commit" | "tag", oid: Oid): Promise<Signer> {
    const { bytes } = await this.#readTyped(oid, type, MAX_COMMIT_BYTES);
    return signerOf(type, bytes, objectFormatOf(oid));
  }

  /** The tree of a folder of a commit or tree; `""` is the root. Undefined if the folder is absent or not a folder. */
  async treeAt(commit: Oid, path: string): Promise<Oid | undefined> {
    // `<id>:./x` is relative to a work tree, without which git exits. No tree contains such parts.
    if (path.split("/").some((part) => part === "." || part === "..")) return undefined;
    // Without the slash git would read `<id>:x-gabc123` as output of `git describe`, that is, as object abc123.
    const found = await this.info(path === "" ? `${commit}^{tree}` : `${commit}:${path}/`);
    return found?.type === "tree" ? found.oid : undefined;
  }

  /**
   * The direct entries of a tree, in Git's order, at most so many. Parsed in turns of the event loop. Throws
   * `ObjectMissing`; `ObjectTooLarge` for more, and for a tree above 8 MiB.
   */
  async entries(tree: Oid, most: number = MAX_TREE_ENTRIES): Promise<TreeEntry[]> {
    const { bytes } = await this.#readTyped(tree, "tree", MAX_TREE_BYTES);
    const entries: TreeEntry[] = [];
    await forEachInTurns(parseTree(bytes, tree.length / 2), (entry) => {
      if (entries.push(entry) > most) throw tooManyEntries(most);
    });
    return entries;
  }

  /**
   * All files below a tree, sorted by path. Throws `ObjectMissing`; `ObjectTooLarge` for over 20,000 entries;
   * `UnusableName` for a name with a secret, which would be shown with the files, in messages and in Events.
   */
  async files(tree: Oid, options: FilesOptions = {}): Promise<TreeFile[]> {
    const files = await this.#walk(tree, "", options.except ?? new Set(), { left: MAX_ENTRIES });
    this.assertShowable(files.map(({ path }) => path));
    files.sort((a, b) => compare(a.path, b.path));
    return options.sizes ? await Promise.all(files.map((file) => this.#measure(file))) : files;
  }

  /** Throws `UnusableName` if one of the names of files, or targets of links, has a secret that the remote was sent. */
  assertShowable(names: readonly string[]): void {
    if (!this.#containsSecret(names.join("\n"))) return;
    throw new GitError("UnusableName", `the name of a file ${NAME_RESEMBLES_SECRET}: rename the file in Git`);
  }

  /** The contents of blobs, in the same order. Throws `ObjectMissing`, also for an object of another type. */
  async blobs(oids: readonly Oid[]): Promise<Buffer[]> {
    const found = await Promise.all(oids.map((oid) => this.#readTyped(oid, "blob")));
    return found.map(({ bytes }) => bytes);
  }

  close(): void {
    this.#catFile.close();
  }

  async #read(oid: Oid, maxBytes?: number): Promise<ObjectContents> {
    const found = await this.#catFile.ask("contents", oid, maxBytes);
    if (found === undefined) throw new GitError("ObjectMissing", `object ${oid} is missing`);
    return found;
  }

  async #readTyped(oid: Oid, type: ObjectType, maxBytes?: number): Promise<ObjectContents> {
    const found = await this.#read(oid, maxBytes);
    if (found.type !== type) throw new GitError("ObjectMissing", `object ${oid} is a ${found.type}, not a ${type}`);
    return found;
  }

  async #walk(tree: Oid, prefix: string, except: ReadonlySet<string>, budget: { left: number }): Promise<TreeFile[]> {
    // A few small objects can have billions of paths, because one tree can occur any number of times.
    if (budget.left < 0) throw tooManyEntries(MAX_ENTRIES);
    const own = await this.entries(tree, MAX_ENTRIES);
    budget.left -= own.length;
    if (budget.left < 0) throw tooManyEntries(MAX_ENTRIES);
    const found = await Promise.all(
      own.map(async ({ name, mode, oid }): Promise<TreeFile[]> => {
        const path = `${prefix}${name}`;
        if (mode !== "040000") return [{ path, mode, oid }];
        return except.has(path) ? [] : await this.#walk(oid, `${path}/`, except, budget);
      }),
    );
    return found.flat();
  }

  async #measure(file: TreeFile): Promise<TreeFile> {
    const info = file.mode === "160000" ? undefined : await this.info(file.oid);
    return info === undefined ? file : { ...file, size: info.size };
  }
}

function tooManyEntries(most: number): GitError {
  return new GitError("ObjectTooLarge", `the folder has more than ${most} files and folders`);
}
