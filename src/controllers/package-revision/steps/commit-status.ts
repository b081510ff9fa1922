import type { ShownPackage } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Discovered } from "../../../core/repository/package-index.ts";

/**
 * The status fields about the commit of a draft or proposal, and the files in it.
 * @param found the branch before; a commit that it did not have is the operator's
 */
export function commitStatus(
  commit: Oid,
  { files, size }: ShownPackage,
  digest: string,
  found?: Pick<Discovered, "commit" | "trailers">,
) {
  const provenance = found?.commit === commit ? provenanceOf(found) : "Operator";
  return { commit, contentDigest: digest, files: files.length, contentsSize: size, provenance } as const;
}

/** Only what the operator signed has trailers. */
export function provenanceOf({ trailers }: Pick<Discovered, "trailers">): "Operator" | "External" {
  return trailers === undefined ? "External" : "Operator";
}
