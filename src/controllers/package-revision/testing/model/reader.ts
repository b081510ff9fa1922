import { blobOid } from "../../../../core/identity/hash.ts";
import { isBelow } from "../../../../core/identity/location.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { OPERATOR } from "../../../../core/identity/person.ts";
import type { TreeFile } from "../../../../storage/git/objects/object-reader.ts";
import type { Commit, Tag, TreeEntry } from "../../../../storage/git/objects/parse-object.ts";
import type { PackageReader } from "../../../../storage/git/package-store/mirror-reader.ts";
import type { Signer } from "../../../../storage/git/signing/signer-of.ts";
import { BY_US, type ModelRemote } from "./remote.ts";
import { bytesOf, filesIn } from "./trees.ts";

/** Reads the objects of the model's mirror. */
export class ModelReader implements PackageReader {
  readonly #remote: ModelRemote;
  readonly #has: (commit: Oid) => boolean;
  readonly #blobs = new Map<Oid, Uint8Array>();

  constructor(remote: ModelRemote, has: (commit: Oid) => boolean) {
    this.#remote = remote;
    this.#has = has;
  }

  async treeAt(commit: Oid, path: string): Promise<Oid | undefined> {
    return this.#remote.treeAt(commit, path);
  }

  async entries(tree: Oid): Promise<TreeEntry[]> {
    const entries = new Map<string, TreeEntry>();
    for (const [path, text] of this.#remote.trees.get(tree)) {
      const [name = "", ...rest] = path.split("/");
      const { trees } = this.#remote;
      const oid = rest.length === 0 ? this.#blob(text) : (trees.id(filesIn(trees.get(tree), name)) ?? tree);
      entries.set(name, { name, mode: rest.length === 0 ? "100644" : "040000", oid });
    }
    return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  assertShowable(): void {}

  async files(tree: Oid, { except = new Set() }: { readonly except?: ReadonlySet<string> } = {}): Promise<TreeFile[]> {
    const isLeftOut = (path: string) => [...except].some((folder) => isBelow(path, folder));
    return [...this.#remote.trees.get(tree)]
      .filter(([path]) => !isLeftOut(path))
      .map(([path, text]): TreeFile => ({ path, mode: "100644", oid: this.#blob(text), size: bytesOf(text).length }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async blobs(oids: readonly Oid[]): Promise<Buffer[]> {
    return oids.map((oid) => (this.#blobs.get(oid) ?? missing(oid)) as Buffer);
  }

  async commit(oid: Oid): Promise<Commit> {
    const { parents, message, author } = this.#remote.commits.get(oid) ?? missing(oid);
    const email = author === BY_US ? OPERATOR.email : `${author}@example.com`;
    const signature = { name: author, email, time: 0 };
    return { tree: oid, parents, author: signature, committer: signature, message, isSigned: author === BY_US };
  }

  async tag(oid: Oid): Promise<Tag> {
    const { commit, message = "", name = "", author } = this.#remote.tags.get(oid) ?? missing(oid);
    return { target: commit, targetType: "commit", name, message, isSigned: author === BY_US };
  }

  /** The model has no keys but the operator's. */
  async signer(): Promise<Signer> {
    return { kind: "unsigned" };
  }

  async info(spec: string) {
    return this.#has(spec) ? ({ oid: spec, type: "commit", size: 0 } as const) : undefined;
  }

  /** The same bytes for the same text, so that they are hashed once. */
  #blob(text: string): Oid {
    const bytes = bytesOf(text);
    const oid = blobOid(bytes, "sha1");
    this.#blobs.set(oid, bytes);
    return oid;
  }
}

function missing(oid: Oid): never {
  throw new Error(`${oid} is not there`);
}
