import type { Oid } from "../../../core/identity/oid.ts";

export type ObjectType = "commit" | "tag" | "tree" | "blob";

export interface Ref {
  /** Full name, `refs/heads/…` or `refs/tags/…`. */
  readonly name: string;
  readonly oid: Oid;
  /** The type of `oid`; `tag` for an annotated tag. */
  readonly type: ObjectType;
  /** The commit after peeling tags; absent if the ref leads to a tree or blob. */
  readonly commit?: Oid;
}

/** A ref that was created (no `before`), moved or deleted (no `after`). */
export interface RefChange {
  readonly ref: string;
  readonly before?: Ref;
  readonly after?: Ref;
}

/**
 * A ref of the remote that the mirror does not hold: its objects fail git's checks, or no repository can hold its name.
 */
export interface RefusedRef {
  readonly ref: string;
  readonly oid: Oid;
  readonly reason: "BadObjects" | "UnusableName";
  readonly message: string;
}

/** Bytes of one part of a name: a file name has at most 255 bytes, and Git appends `.lock`. */
const MAX_PART = 250;
const MAX_NAME = 1024;

/**
 * Why a repository or git cannot accept the full name of a branch or tag (see git-check-ref-format); undefined if it
 * can.
 */
export function refNameProblem(name: string): string | undefined {
  const parts = name.split("/");
  if (!/^refs\/(?:heads|tags)\/[^/]/.test(name)) return "is not that of a branch or tag";
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\.$/.test(name)) return "is not allowed by Git";
  if (parts.some((part) => part === "" || part.startsWith(".") || part.endsWith(".lock"))) {
    return "is not allowed by Git";
  }
  const isLong = parts.some((part) => Buffer.byteLength(part) > MAX_PART) || Buffer.byteLength(name) > MAX_NAME;
  return isLong ? `is longer than ${MAX_NAME} bytes, or one of its parts is longer than ${MAX_PART}` : undefined;
}

/** Refs by name, with an index of the folders in their names, so that conflicting names are found fast. */
export class RefTable {
  readonly #refs = new Map<string, Ref>();
  /** Folder → number of refs below it. */
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

  /** An existing ref that excludes a new one of this name: `a` for `a/b`, or `a/b` for `a`. */
  findConflict(name: string): string | undefined {
    const parent = parentNamesOf(name).find((folder) => this.#refs.has(folder));
    if (parent !== undefined) return parent;
    if (!this.#folders.has(name)) return undefined;
    return [...this.#refs.keys()].find((other) => other.startsWith(`${name}/`));
  }

  #count(name: string, by: 1 | -1): void {
    for (const folder of parentNamesOf(name)) {
      const count = (this.#folders.get(folder) ?? 0) + by;
      if (count > 0) this.#folders.set(folder, count);
      else this.#folders.delete(folder);
    }
  }
}

/** The names that a ref's name excludes: `refs/heads/a` for `refs/heads/a/b`. */
export function parentNamesOf(name: string): readonly string[] {
  const parts = name.split("/");
  return parts.slice(3).map((_, index) => parts.slice(0, index + 3).join("/"));
}
