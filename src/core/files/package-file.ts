import type { FileNotShown } from "../../api/v1alpha1/package-revision-resources.ts";
import { sha256Hex } from "../identity/hash.ts";
import type { Oid } from "../identity/oid.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { filePathProblem } from "./file-path.ts";
import type { FileMode } from "./tree-edit.ts";

/** A file of a package as Git has it; `path` from the package's folder. */
export interface PackageFile {
  readonly path: string;
  readonly mode: FileMode;
  readonly oid: Oid;
  /** Absent for what is not shown. */
  readonly bytes?: Uint8Array;
  /** In bytes, where it is known of what is not shown. */
  readonly size?: number;
}

/** A file as a contents object shows it. */
export interface ShownFile {
  readonly path: string;
  readonly encoding: "text" | "base64";
  readonly value: string;
}

/** The largest file that is shown, in bytes of its JSON: beyond it an object would not fit the API server's store. */
export const MAX_SHOWN = 1024 * 1024;

/** Why a file stays in Git only, from what a tree says of it; undefined: it is shown, if it is not too large. */
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

/** A package as objects show it. */
export interface ShownPackage {
  readonly shown: readonly ShownFile[];
  readonly hidden: readonly FileNotShown[];
  /** All files, where only what is shown has bytes. */
  readonly files: readonly PackageFile[];
  /** What is shown, in bytes of JSON. */
  readonly size: number;
}

/** Splits files into those that objects show, byte for byte, and those that stay in Git only. */
export function showFiles(files: readonly PackageFile[]): ShownPackage {
  const shown: ShownFile[] = [];
  const hidden: FileNotShown[] = [];
  const normal: PackageFile[] = [];
  let total = 0;
  for (const file of files) {
    const { bytes, ...rest } = file;
    const reason = hiddenReason({ ...file, ...(bytes !== undefined && { size: bytes.length }) });
    const encoded = reason === undefined && bytes !== undefined ? encode(file.path, bytes) : undefined;
    const size = encoded === undefined ? 0 : jsonSize(encoded);
    if (encoded !== undefined && size <= MAX_SHOWN) {
      shown.push(encoded);
      total += size;
      normal.push(file);
    } else {
      const length = bytes?.length ?? file.size;
      const known = length === undefined ? {} : { size: length };
      const path = file.path.toWellFormed().slice(0, 4096);
      // Not read, though nothing else forbids it: bytes of its name that are no UTF-8 are shown as U+FFFD.
      const unread = bytes === undefined && path.includes("\ufffd") ? "UnusualName" : "TooLarge";
      hidden.push({ path, reason: reason ?? unread, object: file.oid, ...known });
      normal.push({ ...rest, ...known });
    }
  }
  return { shown, hidden, files: normal, size: total };
}

function encode(path: string, bytes: Uint8Array): ShownFile {
  if (!bytes.includes(0)) {
    try {
      return {
        path,
        encoding: "text",
        value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
      };
    } catch {
      // Not UTF-8: shown as base64, so that it comes back byte for byte.
    }
  }
  return { path, encoding: "base64", value: encodeBase64(bytes) };
}

/** The bytes of a file that an object shows, or what is wrong with them. */
export function decode(file: ShownFile): Uint8Array | { readonly problem: string } {
  if (file.encoding === "text") {
    return file.value.isWellFormed() ? new TextEncoder().encode(file.value) : { problem: "is not valid Unicode text" };
  }
  return decodeBase64(file.value) ?? { problem: "is not valid base64" };
}

/** What the file adds to an object, in bytes of JSON as the API server stores it: Go writes some characters as six bytes. */
export function jsonSize(file: ShownFile): number {
  // Both in quotes, a colon between them, and a comma after.
  return textSize(file.path) + textSize(file.value) + 6;
}

/** Counted, not written: packages have megabytes of it. */
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

/** What each ASCII character takes in JSON: itself, a backslash before it, or `\u` and four digits. */
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
 * The digest that approvals are bound to: sha256 over paths, modes and the sha256 of each file's bytes, sorted by path.
 * Files that are not shown count by their Git object.
 */
export function contentDigest(files: readonly PackageFile[]): string {
  const hash = (file: PackageFile) => (file.bytes === undefined ? `git:${file.oid}` : sha256Hex(file.bytes));
  const lines = files.map((file) => `${JSON.stringify(file.path)} ${file.mode} ${hash(file)}\n`).sort();
  return `sha256:${sha256Hex(lines.join(""))}`;
}
