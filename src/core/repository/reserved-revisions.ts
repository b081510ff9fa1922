import { parseRef } from "../identity/refs.ts";
import { isLargeRevision, parseRevision } from "../identity/revision.ts";
import { SortedRevisions } from "../identity/sorted-revisions.ts";

/**
 * Revision numbers of tags that are no package revisions: a publication continues after them. Large numbers, which
 * only the operator continues, are left out.
 */
export class ReservedRevisions {
  /** Folder → numbers. */
  readonly #revisions = new Map<string, SortedRevisions>();

  /** Reserves the number in a tag's name; ignores other refs. */
  add(ref: string): void {
    const tag = parseRevisionTag(ref);
    if (tag === undefined) return;
    const revisions = this.#revisions.get(tag.folder) ?? new SortedRevisions();
    revisions.add(tag.revision);
    this.#revisions.set(tag.folder, revisions);
  }

  delete(ref: string): void {
    const tag = parseRevisionTag(ref);
    if (tag === undefined) return;
    const revisions = this.#revisions.get(tag.folder);
    revisions?.delete(tag.revision);
    if (revisions?.size === 0) this.#revisions.delete(tag.folder);
  }

  /** The highest of the reserved numbers at a package's folder. */
  latest(path: string): string | undefined {
    return this.#revisions.get(path)?.latest;
  }
}

function parseRevisionTag(ref: string): { readonly folder: string; readonly revision: string } | undefined {
  const name = parseRef(ref);
  if (name.kind !== "tag" || parseRevision(name.leaf) === undefined || isLargeRevision(name.leaf)) return undefined;
  return { folder: name.folder, revision: name.leaf };
}
