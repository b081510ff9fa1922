import { differencesOf, filesOf, isTerminating, publishedDigests } from "./differences.ts";
import type { Violation } from "./observation.ts";
import { isPublished } from "./published.ts";
import type { Situation } from "./situation.ts";

/**
 * 2: the contents objects equal the tag's files byte for byte, and status.contentDigest is the digest of these files.
 */
export function checkContents({ repositories }: Situation): readonly Violation[] {
  return repositories.flatMap((one) =>
    one.revisions.filter(isPublished).flatMap((revision) => {
      const { commit, contentDigest: digest, revision: number } = revision.object.status ?? {};
      const files = filesOf(one, revision, commit);
      const found = (message: string) => ({ invariant: 2 as const, subject: revision.key, message });
      if (files === undefined) return [];
      const digests = publishedDigests(one, revision.path, number, files);
      const wrong =
        digest !== undefined && !digests.includes(digest)
          ? [found(`status.contentDigest is ${digest}, the tag's files have ${digests[0]}`)]
          : [];
      const differences = differencesOf(one, revision, files);
      const missing =
        revision.pages.length === 0 && revision.object.status?.contents !== "GitOnly" && !isTerminating(revision)
          ? [found("has no contents objects, and does not say GitOnly")]
          : [];
      return [...wrong, ...missing, ...differences.map(found)];
    }),
  );
}
