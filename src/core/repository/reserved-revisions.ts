import { parseRef } from "../identity/refs.ts";
import { parseRevision } from "../identity/revision.ts";

/** Revision numbers of tags that are no package revisions: a publication cannot use the name of an existing tag. */
export class ReservedRevisions {
  /** Folder → numbers. */
  readonly #revisions = new Map<string, Set<string>>();

  /** Reserves the number in a tag's name; ignores other refs. */
  add(ref: string): void {
    const tag = parseRevisionTag(ref);
    if (tag === undefined) return;
    const revisions = this.#revisions.get(tag.folder) ?? new Set();
    this.#revisions.set(tag.folder, revisions.add(tag.revision));
  }

  delete(ref: string): void {
    const tag = parseRevisionTag(ref);
    if (tag === undefined) return;
    const revisions = this.#revisions.get(tag.folder);
    if (revisions?.delete(tag.revision) === true && revisions.size === 0) this.#revisions.delete(tag.folder);
  }

  /** The reserved numbers at a package's folder. */
  at(path: string): Iterable<string> {
    return this.#revisions.get(path) ?? [];
  }
}

function parseRevisionTag(ref: string): { readonly folder: string; readonly revision: string } | undefined {
  const name = parseRef(ref);
  if (name.kind !== "tag" || parseRevision(name.leaf) === undefined) return undefined;
  return { folder: name.folder, revision: name.leaf };
}
