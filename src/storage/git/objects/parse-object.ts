import type { FileMode } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { ObjectType } from "../refs/ref-table.ts";

/** Somebody at a moment; `time` in seconds since 1970. */
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
}

export interface Tag {
  readonly target: Oid;
  readonly targetType: ObjectType;
  readonly name: string;
  /** Absent in some very old tags. */
  readonly tagger?: Signature;
  readonly message: string;
}

export interface TreeEntry {
  readonly name: string;
  /** The name's bytes where they are not UTF-8; `name` is then only for showing. */
  readonly nameBytes?: Buffer;
  readonly mode: FileMode | "040000";
  readonly oid: Oid;
}

export function parseCommit(bytes: Buffer): Commit {
  const { headers, message } = splitObject(bytes);
  return {
    tree: first(headers, "tree"),
    parents: headers.filter(([key]) => key === "parent").map(([, value]) => value),
    author: parseSignature(first(headers, "author")),
    committer: parseSignature(first(headers, "committer")),
    message,
  };
}

export function parseTag(bytes: Buffer): Tag {
  const { headers, message } = splitObject(bytes);
  const tagger = headers.find(([key]) => key === "tagger")?.[1];
  return {
    target: first(headers, "object"),
    targetType: first(headers, "type") as ObjectType,
    name: first(headers, "tag"),
    ...(tagger === undefined ? {} : { tagger: parseSignature(tagger) }),
    message,
  };
}

/** `oidBytes`: 20 (SHA-1) or 32 (SHA-256). */
export function parseTree(bytes: Buffer, oidBytes: number): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space);
    const raw = bytes.subarray(space + 1, nul);
    const name = raw.toString();
    entries.push({
      name,
      ...(Buffer.from(name).equals(raw) ? {} : { nameBytes: Buffer.from(raw) }),
      mode: normaliseMode(bytes.toString("latin1", at, space)),
      oid: bytes.toString("hex", nul + 1, nul + 1 + oidBytes),
    });
    at = nul + 1 + oidBytes;
  }
  return entries;
}

/** Git's own history holds modes such as 100664; what counts is the kind and the executable bit. */
function normaliseMode(text: string): TreeEntry["mode"] {
  const mode = Number.parseInt(text, 8);
  switch (mode & 0o170000) {
    case 0o040000:
      return "040000";
    case 0o120000:
      return "120000";
    case 0o160000:
      return "160000";
    default:
      return mode & 0o100 ? "100755" : "100644";
  }
}

function splitObject(bytes: Buffer): { headers: (readonly [string, string])[]; message: string } {
  const text = bytes.toString();
  const end = text.indexOf("\n\n");
  const head = end < 0 ? text : text.slice(0, end);
  const headers: (readonly [string, string])[] = [];
  for (const line of head.split("\n")) {
    const space = line.indexOf(" ");
    // A line that begins with a blank goes on with the header before it (signatures), which nobody asks for.
    if (space > 0) headers.push([line.slice(0, space), line.slice(space + 1)]);
  }
  return { headers, message: end < 0 ? "" : text.slice(end + 2) };
}

function first(headers: readonly (readonly [string, string])[], key: string): string {
  return headers.find(([name]) => name === key)?.[1] ?? "";
}

function parseSignature(text: string): Signature {
  const match = /^(.*?) ?<([^>]*)> ?(-?\d+)?/.exec(text);
  return { name: match?.[1] ?? text, email: match?.[2] ?? "", time: Number(match?.[3] ?? 0) };
}
