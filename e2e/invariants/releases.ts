import { releaseDigest } from "../../src/core/release/members.ts";
import type { Violation } from "./observation.ts";
import { isTagChanged } from "./published.ts";
import { isOurTag, type RepositorySituation, type Situation } from "./situation.ts";

/**
 * 8: the tags of a release are exactly those that were approved as one: the digest that each records is that of all of
 * them. A tag of which another client, or a deletion, has left nothing that says what it was makes a release unknown.
 */
export function checkReleases({ repositories }: Situation): readonly Violation[] {
  return repositories.flatMap(checkRepository);
}

function checkRepository(one: RepositorySituation): readonly Violation[] {
  const tags = one.published.filter(isOurTag);
  const releases = Map.groupBy(tags, ({ trailers }) => trailers?.releaseDigest);
  const isUnknown = one.tombstones.length > 0 || one.revisions.some(({ reason }) => isTagChanged(reason));
  return [...releases].flatMap(([digest, members]) => {
    if (digest === undefined) return [];
    const found = releaseDigest(
      members.map(({ location, trailers }) => ({
        location,
        workspace: trailers?.workspace ?? "",
        digest: trailers?.proposalDigest ?? "",
      })),
    );
    if (found === digest || isUnknown) return [];
    const refs = members.map(({ ref }) => ref).join(", ");
    const message = `was approved as ${digest}; its tags are ${found}: ${refs}`;
    return { invariant: 8, subject: `${one.key} release ${members[0]?.trailers?.release}`, message };
  });
}
