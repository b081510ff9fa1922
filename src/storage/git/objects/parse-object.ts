import { decodePath } from "../../../core/files/path-bytes.ts";
import type { FileMode } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { ObjectType } from "../refs/ref-table.ts";
import { splitSignedTag } from "../signing/signed-object.ts";

/** A person and a time in seconds since 1970 (UTC). */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly time: number;
}

export interface Commit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** True if the commit has a valid signature of the operator: without one, anybody may have written it. */
  readonly isSigned: boolean;
}

export interface Tag {
  readonly target: Oid;
  readonly targetType: ObjectType;
  readonly name: string;
  /** Absent in some very old tags. */
  readonly tagger?: Signature;
  /** Without the signature. */
  readonly message: string;
  /** As of a commit. */
  readonly isSigned: boolean;
}

export interface TreeEntry {
  /** As `decodePath` has it: not well-formed if the name is not UTF-8. */
  readonly name: string;
  readonly mode: FileMode | "040000";
  readonly oid: Oid;
}

/** Parses the contents of a commit. Absent headers are empty strings: git has checked the object on arrival. */
export function parseCommit(bytes: Buffer, isSigned: boolean): Commit {
  const { headers, message } = splitObject(bytes);
  return {
    tree: headerValue(headers, "tree"),
    parents: parentsOf(headers),
    author: parseSignature(headerValue(headers, "author")),
    committer: parseSignature(headerValue(headers, "committer")),
    message,
    isSigned,
  };
}

/** Only those directly behind the tree: git ignores others, which its checks accept. */
function parentsOf([, ...headers]: readonly (readonly [key: string, value: string])[]): readonly Oid[] {
  const end = headers.findIndex(([key]) => key !== "parent");
  return headers.slice(0, end === -1 ? headers.length : end).map(([, value]) => value);
}

/** Parses the contents of an annotated tag. */
export function parseTag(bytes: Buffer, isSigned: boolean): Tag {
  const { headers, message } = splitObject(splitSignedTag(bytes)?.payload ?? bytes);
  const tagger = headers.find(([key]) => key === "tagger")?.[1];
  return {
    target: headerValue(headers, "object"),
    targetType: headerValue(headers, "type") as ObjectType,
    name: headerValue(headers, "tag"),
    ...(tagger !== undefined && { tagger: parseSignature(tagger) }),
    message,
    isSigned,
  };
}

/** Octal digits of a mode that have its lowest 16 bits: a longer number would be rounded. */
const LAST_DIGITS = 6;

/** Parses the contents of a tree. `oidBytes`: 20 (SHA-1) or 32 (SHA-256). */
export function* parseTree(bytes: Buffer, oidBytes: number): Generator<TreeEntry> {
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space);
    yield {
      name: decodePath(bytes.subarray(space + 1, nul)),
      mode: normaliseMode(bytes.toString("latin1", at, space)),
      oid: bytes.toString("hex", nul + 1, nul + 1 + oidBytes),
    };
    at = nul + 1 + oidBytes;
  }
}

/**
 * As git reads it (`canon_mode`), whose checks accept every mode: old trees contain some such as 100664, of which only
 * the type and the executable bit count. What is neither file, link nor folder is a submodule; only the lowest 16 bits
 * count, of any number of digits. Read in another way, a link would be shown as a file.
 */
function normaliseMode(text: string): TreeEntry["mode"] {
  const mode = Number.parseInt(text.slice(-LAST_DIGITS), 8);
  switch (mode & 0o170000) {
    case 0o040000:
      return "040000";
    case 0o120000:
      return "120000";
    case 0o100000:
      return mode & 0o100 ? "100755" : "100644";
    default:
      return "160000";
  }
}

/** Headers that are looked at, in characters: a merge of a thousand commits has 50,000. A header may have megabytes. */
const MAX_HEAD = 256 * 1024;

function splitObject(bytes: Buffer): { headers: (readonly [string, string])[]; message: string } {
  const text = bytes.toString();
  const end = text.indexOf("\n\n");
  const head = text.slice(0, Math.min(end < 0 ? text.length : end, MAX_HEAD));
  const headers: (readonly [string, string])[] = [];
  for (const line of head.split("\n")) {
    const space = line.indexOf(" ");
    // A line that begins with a blank continues the header before it (a signature): not needed.
    if (space > 0) headers.push([line.slice(0, space), line.slice(space + 1)]);
  }
  return { headers, message: end < 0 ? "" : text.slice(end + 2) };
}

function headerValue(headers: readonly (readonly [string, string])[], key: string): string {
  return headers.find(([name]) => name === key)?.[1] ?? "";
}

function parseSignature(text: string): Signature {
  const match = /^([^<]*?) ?<([^<>]*)> ?(-?\d+)?/.exec(text);
  return { name: match?.[1] ?? text, email: match?.[2] ?? "", time: Number(match?.[3] ?? 0) };
}
