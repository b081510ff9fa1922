import type { Oid } from "../../../core/identity/oid.ts";

export type ObjectType = "commit" | "tag" | "tree" | "blob";

export interface Ref {
  /** Full name, `refs/heads/…` or `refs/tags/…`. */
  readonly name: string;
  readonly oid: Oid;
  /** What `oid` is: an annotated tag is a `tag`. */
  readonly type: ObjectType;
  /** The commit that the ref stands for after peeling tags; absent if that is no commit. */
  readonly commit?: Oid;
}

export interface RefChange {
  readonly ref: string;
  readonly before?: Ref;
  readonly after?: Ref;
}

/** A ref of the remote that is not taken over: git's checks refuse its objects, or no repository can hold its name. */
export interface RefusedRef {
  readonly ref: string;
  readonly oid: Oid;
  readonly reason: "BadObjects" | "UnusableName";
  readonly message: string;
}

/** Room for the `.lock` that Git puts behind each part of a name, in the 255 bytes of a file's name. */
const maxPart = 250;
const maxName = 1024;

/** Why a full name of a branch or tag cannot be kept in a repository or handed to git (git-check-ref-format), or undefined. */
export function refNameProblem(name: string): string | undefined {
  const parts = name.split("/");
  if (!/^refs\/(?:heads|tags)\/[^/]/.test(name)) return "is no branch or tag";
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\.$/.test(name)) return "is not a name that Git allows";
  if (parts.some((part) => part === "" || part.startsWith(".") || part.endsWith(".lock")))
    return "is not a name that Git allows";
  const isLong = parts.some((part) => Buffer.byteLength(part) > maxPart) || Buffer.byteLength(name) > maxName;
  return isLong ? `is longer than ${maxName} bytes, or one of its parts longer than ${maxPart}` : undefined;
}

/** The refs of a repository, with the folders their names make, so that names Git cannot hold together are found. */
export class RefTable {
  readonly #refs = new Map<string, Ref>();
  readonly #folders = new Map<string, number>();

  get refs(): ReadonlyMap<string, Ref> {
    return this.#refs;
  }

  set(ref: Ref): void {
    if (!this.#refs.has(ref.name)) this.#count(ref.name, 1);
    this.#refs.set(ref.name, ref);
  }

  delete(name: string): void {
    if (this.#refs.delete(name)) this.#count(name, -1);
  }

  /** A ref that cannot exist beside a new one of this name: one of its folders, or something below it. */
  findConflict(name: string): string | undefined {
    const above = foldersOf(name).find((folder) => this.#refs.has(folder));
    if (above !== undefined) return above;
    if (!this.#folders.has(name)) return undefined;
    return [...this.#refs.keys()].find((other) => other.startsWith(`${name}/`));
  }

  #count(name: string, by: 1 | -1): void {
    for (const folder of foldersOf(name)) {
      const count = (this.#folders.get(folder) ?? 0) + by;
      if (count > 0) this.#folders.set(folder, count);
      else this.#folders.delete(folder);
    }
  }
}

/** The names between `refs/heads/` or `refs/tags/` and the name itself: no ref can be called so beside it. */
export function foldersOf(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(3).map((_, index) => parts.slice(0, index + 3).join("/"));
}
