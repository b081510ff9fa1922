import type { FileNotShown } from "../../api/v1alpha1/package-revision-resources.ts";
import { sha256Hex } from "../identity/hash.ts";
import type { Oid } from "../identity/oid.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { filePathProblem } from "./file-path.ts";
import { encodePath } from "./path-bytes.ts";
import type { LinkNote } from "./symlinks.ts";
import type { FileMode } from "./tree-edit.ts";
import { utf8Text } from "./utf8-text.ts";

/** A file of a package in Git. */
export interface PackageFile {
  /** Relative to the package's folder; as `decodePath` has it. */
  readonly path: string;
  readonly mode: FileMode;
  readonly oid: Oid;
  /** Absent if the contents objects do not show the file. */
  readonly bytes?: Uint8Array;
  /** In bytes; only of files that are not shown, if known. */
  readonly size?: number;
}

/** A file in a contents object. */
export interface ShownFile {
  readonly path: string;
  readonly encoding: "text" | "base64";
  readonly value: string;
}

/**
 * The largest file that is shown, in bytes of JSON: an object with a larger file does not fit into the API server's
 * store.
 */
export const MAX_SHOWN = 1024 * 1024;

/** The limit of the schema for the paths of files that are not shown; longer ones are cut. */
export const MAX_PATH = 4096;

/**
 * Why a file is not shown, from its tree entry; undefined if it is shown, unless its JSON is larger than `MAX_SHOWN`.
 */
export function hiddenReason(file: {
  readonly path: string;
  readonly mode: FileMode;
  readonly size?: number;
}): string | undefined {
  if (file.mode === "120000") return "Symlink";
  if (file.mode === "160000") return "Submodule";
  if (filePathProblem(file.path) !== undefined) return "UnusualName";
  return file.size !== undefined && file.size > MAX_SHOWN ? "TooLarge" : undefined;
}

/** The contents of those files that contents objects show, by path. */
export function shownBytes(files: readonly Pick<PackageFile, "path" | "bytes">[]): ReadonlyMap<string, Uint8Array> {
  return new Map(files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : [[path, bytes] as const])));
}

/** A package in the form of contents objects. */
export interface ShownPackage {
  readonly shown: readonly ShownFile[];
  readonly hidden: readonly FileNotShown[];
  /** All files; only shown ones have bytes. */
  readonly files: readonly PackageFile[];
  /** The size of the shown files, in bytes of JSON. */
  readonly size: number;
}

/**
 * Splits files into those that contents objects show, byte for byte, and those that stay in Git only. `links`: what is
 * shown of symlinks, by path.
 */
export function showFiles(files: readonly PackageFile[], links?: ReadonlyMap<string, LinkNote>): ShownPackage {
  const shown: ShownFile[] = [];
  const hidden: FileNotShown[] = [];
  const all: PackageFile[] = [];
  let total = 0;
  for (const file of files) {
    const { bytes, ...rest } = file;
    const reason = hiddenReason({ ...file, ...(bytes !== undefined && { size: bytes.length }) });
    const encoded = reason === undefined && bytes !== undefined ? encodeFile(file.path, bytes) : undefined;
    const size = encoded === undefined ? 0 : jsonSize(encoded);
    if (encoded !== undefined && size <= MAX_SHOWN) {
      shown.push(encoded);
      total += size;
      all.push(file);
    } else {
      const length = bytes?.length ?? file.size;
      const known = length === undefined ? {} : { size: length };
      const named = nameNote(file.path);
      const executable = file.mode === "100755" ? ({ executable: true } as const) : {};
      const note = { ...executable, ...known, ...links?.get(file.path) };
      hidden.push({ ...named, reason: reason ?? "TooLarge", object: file.oid, ...note });
      all.push({ ...rest, ...known });
    }
  }
  return { shown, hidden, files: all, size: total };
}

/** True if contents objects can show a file with these bytes. A byte takes at most six of JSON: most need no count. */
export function canBeShown(path: string, bytes: Uint8Array): boolean {
  if (path.length + bytes.length < MAX_SHOWN / 6 - 1) return true;
  const encoded = bytes.length > MAX_SHOWN ? undefined : encodeFile(path, bytes);
  return encoded !== undefined && jsonSize(encoded) <= MAX_SHOWN;
}

/** The path that a status shows, and its bytes where that is not the path itself. */
function nameNote(path: string): Pick<FileNotShown, "path" | "pathBytes"> {
  const shown = path.toWellFormed().slice(0, MAX_PATH);
  return path.isWellFormed() ? { path: shown } : { path: shown, pathBytes: encodeBase64(encodePath(path)) };
}

interface Encoded extends Pick<ShownFile, "encoding" | "value"> {
  /** Of the value, in bytes of JSON. */
  readonly size: number;
}

/** Of byte arrays that are still in use: a package has 64 MiB. Callers never modify the arrays. */
const encodings = new WeakMap<Uint8Array, Encoded>();
/** JSON sizes of files that are still in use. */
const sizes = new WeakMap<ShownFile, number>();

/** Encodes a file ahead, which takes some milliseconds for a megabyte: `showFiles` finds the result. */
export function encodeAhead(bytes: Uint8Array): void {
  encodings.set(bytes, encodings.get(bytes) ?? encodeBytes(bytes));
}

/** A file in the form that contents objects have: text if it is UTF-8 without NUL, else base64. */
export function encodeFile(path: string, bytes: Uint8Array): ShownFile {
  const { encoding, value, size } = encodings.get(bytes) ?? encodeBytes(bytes);
  const file = { path, encoding, value };
  sizes.set(file, sizeOf(path, size));
  return file;
}

function encodeBytes(bytes: Uint8Array): Encoded {
  const text = bytes.includes(0) ? undefined : utf8Text(bytes);
  if (text !== undefined) return { encoding: "text", value: text, size: textSize(text) };
  const value = encodeBase64(bytes);
  // None of its characters is escaped.
  return { encoding: "base64", value, size: value.length };
}

/** The bytes of a file in a contents object, or why it has none. */
export function decode(file: ShownFile): Uint8Array | { readonly problem: string } {
  if (file.encoding === "text") {
    return file.value.isWellFormed() ? new TextEncoder().encode(file.value) : { problem: "is not valid Unicode text" };
  }
  return decodeBase64(file.value) ?? { problem: "is not valid base64" };
}

/**
 * The bytes of JSON that a file adds to an object in the API server's store: Go escapes some characters as six bytes.
 */
export function jsonSize(file: ShownFile): number {
  const known = sizes.get(file);
  if (known !== undefined) return known;
  const size = sizeOf(file.path, textSize(file.value));
  sizes.set(file, size);
  return size;
}

function sizeOf(path: string, valueSize: number): number {
  // Two pairs of quotes, a colon and a comma.
  return textSize(path) + valueSize + 6;
}

/** Counts without serializing: packages have megabytes of text. */
function textSize(text: string): number {
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) size += ASCII_SIZES[unit] ?? 1;
    else if (unit < 0x800) size += 2;
    else if (unit === 0x2028 || unit === 0x2029) size += 6;
    else if (unit < 0xd800 || unit > 0xdfff) size += 3;
    else if (isPair(unit, text.charCodeAt(at + 1))) {
      size += 4;
      at++;
    } else size += 6;
  }
  return size;
}

/** The JSON size of each ASCII character: plain, with a backslash, or as `\u` and four digits. */
const ASCII_SIZES: readonly number[] = Array.from({ length: 0x80 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  return "<>&".includes(char) ? 6 : JSON.stringify(char).length - 2;
});

function isPair(high: number, low: number): boolean {
  return high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/**
 * The digest of a package's files: SHA-256 over paths, modes and the SHA-256 of each file's bytes, sorted by path.
 * Files that are not shown count with the id of their Git object.
 */
export function contentDigest(files: readonly PackageFile[]): string {
  const hash = (file: PackageFile) => (file.bytes === undefined ? `git:${file.oid}` : sha256Hex(file.bytes));
  const lines = files.map((file) => `${JSON.stringify(file.path)} ${file.mode} ${hash(file)}\n`).sort();
  return `sha256:${sha256Hex(lines.join(""))}`;
}
