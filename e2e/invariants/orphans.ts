import { pageOwner } from "../../src/core/identity/names.ts";
import { deletedDraftRefs, parseRef } from "../../src/core/identity/refs.ts";
import { tagForUnbegun } from "../../src/storage/git/package-store/deleted-drafts.ts";
import type { Violation } from "./observation.ts";
import { isPublished, isSkipped } from "./published.ts";
import { keyOf, type RepositorySituation, type Situation } from "./situation.ts";

/** 7: no orphaned branch, tag, contents object, process, lock or temporary file. */
export function checkOrphans({ observation, repositories }: Situation): readonly Violation[] {
  const owners = new Set(observation.cluster.revisions.map(keyOf));
  const contents = observation.cluster.contents.filter(
    ({ metadata }) => !owners.has(`${metadata.namespace}/${pageOwner(metadata.name)}`),
  );
  return [
    ...repositories.flatMap(orphanedBranches),
    ...repositories.flatMap(unknownRefs),
    ...repositories.flatMap(misnamedTags),
    ...contents.map((page) => ({
      invariant: 7 as const,
      subject: keyOf(page),
      message: "its package revision does not exist",
    })),
    ...observation.leftovers.map((one) => ({ invariant: 7 as const, ...one })),
  ];
}

/**
 * Every draft branch, the operator's or an external one, has its object; a published or deleted draft has no branch.
 */
function orphanedBranches(one: RepositorySituation): readonly Violation[] {
  return one.drafts.flatMap(({ ref, path, workspace }) => {
    const object = one.revisions.find(
      (revision) =>
        revision.path === path && revision.object.spec.packageRevID.workspace === workspace && !isPublished(revision),
    );
    if (object !== undefined || isSkipped(one, ref)) return [];
    return { invariant: 7, subject: `${one.key} ${ref}`, message: "is a draft without a package revision" };
  });
}

/**
 * A tag of the operator that keeps a deleted draft has the draft's folder and commit in its name; without a commit, the
 * uid of its object.
 */
function misnamedTags({ key, remote }: RepositorySituation): readonly Violation[] {
  return [...remote.refs.values()]
    .filter(({ ref, commit = "", trailers }) => {
      if (parseRef(ref).kind !== "deletedDraft" || trailers === undefined) return false;
      const { path, workspace, uid } = trailers;
      const unbegun = uid === undefined ? [] : [tagForUnbegun(path, workspace, uid)];
      return ![...deletedDraftRefs(path, workspace, commit), ...unbegun].includes(ref);
    })
    .map(({ ref }) => ({ invariant: 7, subject: `${key} ${ref}`, message: "keeps another draft than it says" }));
}

/** The operator creates only branches and tags. */
function unknownRefs({ key, remote }: RepositorySituation): readonly Violation[] {
  return [...remote.refs.values()]
    .filter(
      ({ ref, commit }) => !/^refs\/(heads|tags)\//.test(ref) && remote.commits.get(commit ?? "")?.byOperator === true,
    )
    .map(({ ref }) => ({
      invariant: 7,
      subject: `${key} ${ref}`,
      message: "is neither a branch nor a tag, at a commit of the operator",
    }));
}
