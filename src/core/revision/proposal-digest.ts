import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import type { RecordedMetadata } from "./recorded-metadata.ts";

/**
 * The digest that an approval names: SHA-256 over the canonical JSON of the digest of the files and of the metadata
 * that the proposal's commit records. It is equal for equal files and metadata, whoever proposes them and when.
 *
 * @param contents `contentDigest` of the proposal's files.
 */
export function proposalDigest(contents: string, metadata: RecordedMetadata): string {
  return `sha256:${sha256Hex(canonicalJson({ contents, metadata }))}`;
}
