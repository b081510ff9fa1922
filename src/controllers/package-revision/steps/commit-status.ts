import type { ShownPackage } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";

/** The status fields about the commit of a draft or proposal, and the files in it. */
export function commitStatus(commit: Oid, { files, size }: ShownPackage, digest: string) {
  return { commit, contentDigest: digest, files: files.length, contentsSize: size } as const;
}
