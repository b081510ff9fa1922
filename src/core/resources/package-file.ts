import type { FileNotShown } from "../../api/package-revision-resources.ts";
import type { FileMode, Oid } from "../change/change.ts";
import { sha256Hex } from "../identity/hash.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { filePathProblem } from "./file-path.ts";

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

/** Splits files into those that objects show, byte for byte, and those that stay in Git only. */
export function showFiles(files: readonly PackageFile[]): {
  readonly shown: readonly ShownFile[];
  readonly hidden: readonly FileNotShown[];
  /** The same files, where only what is shown has bytes. */
  readonly files: readonly PackageFile[];
} {
  const shown: ShownFile[] = [];
  const hidden: FileNotShown[] = [];
  const normal: PackageFile[] = [];
  for (const file of files) {
    const { bytes, ...rest } = file;
    const reason = hiddenReason({ ...file, ...(bytes !== undefined && { size: bytes.length }) });
    const encoded = reason === undefined && bytes !== undefined ? encode(file.path, bytes) : undefined;
    if (encoded !== undefined && jsonSize(encoded) <= MAX_SHOWN) {
      shown.push(encoded);
      normal.push(file);
    } else {
      const size = bytes?.length ?? file.size;
      const path = file.path.toWellFormed().slice(0, 4096);
      hidden.push({ path, reason: reason ?? "TooLarge", object: file.oid, ...(size !== undefined && { size }) });
      normal.push(rest);
    }
  }
  return { shown, hidden, files: normal };
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

/** What the file adds to an object, in bytes of JSON as the API server stores it. */
export function jsonSize(file: ShownFile): number {
  return jsonTextSize(file.path) + jsonTextSize(file.value) + 2;
}

/** A text in JSON, in bytes of UTF-8; the API server escapes <, > and & too. Counted, not written: a text may be large. */
function jsonTextSize(text: string): number {
  let size = 2;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) size += isSurrogate(code) && !isPaired(text, at) ? 6 : wideSize(code);
    else if (code === 0x3c || code === 0x3e || code === 0x26) size += 6;
    else if (code === 0x22 || code === 0x5c) size += 2;
    else if (code >= 0x20) size += 1;
    else size += code >= 0x08 && code <= 0x0d && code !== 0x0b ? 2 : 6;
  }
  return size;
}

/** Half of a pair is two of its four bytes; the separators U+2028 and U+2029 are escaped. */
function wideSize(code: number): number {
  if (code < 0x800 || isSurrogate(code)) return 2;
  return code === 0x2028 || code === 0x2029 ? 6 : 3;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function isPaired(text: string, at: number): boolean {
  const isHigh = text.charCodeAt(at) <= 0xdbff;
  const other = text.charCodeAt(isHigh ? at + 1 : at - 1);
  return isHigh ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other <= 0xdbff;
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
