import { type CommitMetadata, parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import type { Commit, Tag } from "../objects/parse-object.ts";

/**
 * Whose records count: of the Repository itself and of those that it trusts, as `namespace/name`. The operator signs
 * for every Repository with one key, so that a signature alone does not say by whose rules something was approved.
 */
export type TrustedRepositories = ReadonlySet<string>;

/** The trailers of a commit or tag that the operator signed, for any Repository; undefined for those of others. */
export function signedMetadata({ isSigned, message }: Pick<Commit | Tag, "isSigned" | "message">) {
  return isSigned ? parseCommitMetadata(message) : undefined;
}

/** The trailers of a commit or tag if they count. */
export function readRecord(
  object: Pick<Commit | Tag, "isSigned" | "message">,
  trusted: TrustedRepositories,
): CommitMetadata | undefined {
  const metadata = signedMetadata(object);
  return metadata !== undefined && isTrusted(metadata, trusted) ? metadata : undefined;
}

export function isTrusted({ repository }: CommitMetadata, trusted: TrustedRepositories): boolean {
  return repository !== undefined && trusted.has(repository);
}
