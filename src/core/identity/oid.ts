/** A Git object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Oid = string;

/** The hash function of a repository's object ids, as `extensions.objectFormat` names it. */
export type ObjectFormat = "sha1" | "sha256";

/** The object format of the repository that an object id is from; `sha1` without one. */
export function objectFormatOf(oid: Oid | undefined): ObjectFormat {
  return oid?.length === 64 ? "sha256" : "sha1";
}
