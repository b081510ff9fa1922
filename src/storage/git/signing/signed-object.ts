import type { ObjectFormat } from "../../../core/identity/oid.ts";

/** The bytes that a signature of a commit or tag covers, and its armored text. */
export interface SignedParts {
  readonly payload: Buffer;
  readonly signature: string;
}

const HEADER_END = Buffer.from("\n\n");
const TAG_SIGNATURE = Buffer.from("\n-----BEGIN SSH SIGNATURE-----\n");

/** A commit with its signature as a header, where git looks for it. */
export function signCommit(commit: Buffer, signature: string, format: ObjectFormat): Buffer {
  const end = commit.indexOf(HEADER_END);
  const header = `\n${headerName(format)} ${signature.trimEnd().replaceAll("\n", "\n ")}`;
  return Buffer.concat([commit.subarray(0, end), Buffer.from(header), commit.subarray(end)]);
}

/** Undefined without a signature, or with more than one. */
export function splitSignedCommit(commit: Buffer, format: ObjectFormat): SignedParts | undefined {
  const end = commit.indexOf(HEADER_END);
  if (end < 0) return undefined;
  // One byte a character, so that positions in text and bytes are equal.
  const head = commit.toString("latin1", 0, end);
  const found = [...head.matchAll(/\n(gpgsig[^ \n]*) ([^\n]*(?:\n [^\n]*)*)/g)];
  const [match] = found;
  if (match === undefined || found.length > 1 || match[1] !== headerName(format)) return undefined;
  const payload = Buffer.concat([commit.subarray(0, match.index), commit.subarray(match.index + match[0].length)]);
  return { payload, signature: `${(match[2] ?? "").replaceAll("\n ", "\n")}\n` };
}

/** A tag's signature stands behind its message. Undefined without one. */
export function splitSignedTag(tag: Buffer): SignedParts | undefined {
  const at = tag.lastIndexOf(TAG_SIGNATURE);
  if (at < tag.indexOf(HEADER_END)) return undefined;
  return at < 0 ? undefined : { payload: tag.subarray(0, at + 1), signature: tag.toString("latin1", at + 1) };
}

function headerName(format: ObjectFormat): string {
  return format === "sha256" ? "gpgsig-sha256" : "gpgsig";
}
