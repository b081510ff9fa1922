import { encodeFile, jsonSize, MAX_SHOWN } from "./package-file.ts";
import { PAGE_SIZE } from "./pages.ts";

/**
 * A page is not filled above this by edits, in bytes of JSON: the API server's store takes 1.5 MiB, with the object's
 * metadata, which has each path once more.
 */
export const MAX_PAGE = 1.25 * 1024 * 1024;

/** A merge patch of one page's spec: null removes a file. */
export interface PageEdit {
  readonly resources?: Readonly<Record<string, string | null>>;
  readonly binaryResources?: Readonly<Record<string, string | null>>;
}

/** The state of the pages, as it was read. */
export interface EditedPages {
  readonly count: number;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The page of each file. */
  readonly placed: ReadonlyMap<string, number>;
}

export interface PageEdits {
  /** By page number, in order; pages without a change are absent. */
  readonly edits: ReadonlyMap<number, PageEdit>;
  /** Files that no object can hold, and files for which the pages have no room: they can be pushed with git. */
  readonly tooLarge: readonly string[];
  readonly noRoom: readonly string[];
}

/**
 * Distributes changes of files to merge patches of the pages. A file stays on its page; a new one goes to the last page
 * that has room, since only the operator adds pages.
 * @param changes path → bytes; undefined removes the file
 */
export function planPageEdits(pages: EditedPages, changes: ReadonlyMap<string, Uint8Array | undefined>): PageEdits {
  const sizes = sizesOf(pages);
  const edits = new Map<number, { resources: Entry[]; binaryResources: Entry[] }>();
  const [tooLarge, noRoom]: [string[], string[]] = [[], []];
  // Removals first: they make room.
  const ordered = [...changes].sort(([, a], [, b]) => Number(a !== undefined) - Number(b !== undefined));
  for (const [path, bytes] of ordered) {
    const before = pages.files.get(path);
    const old = before === undefined ? undefined : encodeFile(path, before);
    const next = bytes === undefined ? undefined : encodeFile(path, bytes);
    const size = next === undefined ? 0 : jsonSize(next);
    const oldSize = old === undefined ? 0 : jsonSize(old);
    const page = pages.placed.get(path) ?? choosePage(sizes, size);
    if (size > MAX_SHOWN) tooLarge.push(path);
    else if (page === undefined || (size > oldSize && (sizes.get(page) ?? 0) + size - oldSize > MAX_PAGE))
      noRoom.push(path);
    else {
      sizes.set(page, (sizes.get(page) ?? 0) + size - oldSize);
      const edit = edits.get(page) ?? { resources: [], binaryResources: [] };
      edits.set(page, edit);
      const listOf = (encoding: "text" | "base64") => (encoding === "text" ? edit.resources : edit.binaryResources);
      // A file that becomes binary, or text, moves from one field to the other.
      if (old !== undefined && old.encoding !== next?.encoding) listOf(old.encoding).push([path, null]);
      if (next !== undefined) listOf(next.encoding).push([path, next.value]);
    }
  }
  const sorted = [...edits].sort(([a], [b]) => a - b).map(([page, edit]) => [page, toPatch(edit)] as const);
  return { edits: new Map(sorted), tooLarge: tooLarge.sort(), noRoom: noRoom.sort() };
}

type Entry = [path: string, value: string | null];

function sizesOf({ count, files, placed }: EditedPages): Map<number, number> {
  const sizes = new Map(Array.from({ length: count }, (_, index) => [index + 1, 0] as [number, number]));
  for (const [path, page] of placed) {
    const bytes = files.get(path);
    if (bytes !== undefined) sizes.set(page, (sizes.get(page) ?? 0) + jsonSize(encodeFile(path, bytes)));
  }
  return sizes;
}

/** The last page that stays below its usual size; else the emptiest one that can take the file at all. */
function choosePage(sizes: ReadonlyMap<number, number>, size: number): number | undefined {
  const usual = [...sizes].filter(([, used]) => used + size <= PAGE_SIZE).at(-1);
  if (usual !== undefined) return usual[0];
  const [emptiest] = [...sizes].filter(([, used]) => used + size <= MAX_PAGE).sort(([, a], [, b]) => a - b);
  return emptiest?.[0];
}

function toPatch(edit: { readonly resources: Entry[]; readonly binaryResources: Entry[] }): PageEdit {
  // Object.fromEntries defines own properties, so a file called __proto__ is a file.
  const fields = Object.entries(edit).filter(([, entries]) => entries.length > 0);
  return Object.fromEntries(fields.map(([field, entries]) => [field, Object.fromEntries(entries)]));
}
