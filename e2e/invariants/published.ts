import { revisionRef, tombstoneRef } from "../../src/core/identity/refs.ts";
import { compareRevisions } from "../../src/core/identity/revision.ts";
import type { Ledger } from "./ledger.ts";
import type { Violation } from "./observation.ts";
import { isOurTag, type RepositorySituation, type RevisionSituation, type Situation } from "./situation.ts";

/** Reasons that report an external change of a tag: the status then differs from Git. */
const TAG_REASONS = { missing: "TagMissing", moved: "TagMoved", notVerified: "NotVerified" } as const;

export function isPublished({ object: { status } }: RevisionSituation): boolean {
  return status?.lifecycle === "published" || status?.lifecycle === "deletionProposed";
}

/**
 * 1: each published revision has exactly one tag, at the commit in its status, which says whether the operator signed
 * it, and `NotVerified` if the Repository does not accept its signature; each tag of a revision has one object.
 */
export function checkTags({ repositories }: Situation): readonly Violation[] {
  return repositories.flatMap((one) => [
    ...one.revisions.filter(isPublished).flatMap((revision) => checkTag(one, revision)),
    ...checkTagObjects(one),
    ...checkPublishedTwice(one),
  ]);
}

function checkTag(one: RepositorySituation, revision: RevisionSituation): readonly Violation[] {
  const { status, spec, metadata } = revision.object;
  const found = (message: string) => [{ invariant: 1 as const, subject: revision.key, message }];
  const { revision: number, commit } = status ?? {};
  if (number === undefined || commit === undefined)
    return found("is published, and status has no revision or no commit");
  // A deletion in progress may have deleted the tag already.
  if (metadata.deletionTimestamp !== undefined) return [];
  if (spec.packageRevID.revision !== number) {
    return found(`spec.packageRevID.revision is ${spec.packageRevID.revision}, status.revision ${number}`);
  }
  const ref = revisionRef(revision.path, number);
  const tag = one.remote.refs.get(ref);
  if (tag === undefined) return revision.reason === TAG_REASONS.missing ? [] : found(`${one.key} has no ${ref}`);
  if (revision.reason === TAG_REASONS.moved) return [];
  const isVerified = one.published.some((published) => published.ref === ref);
  const hasRule = one.repository.spec.verification !== undefined;
  if (hasRule && isVerified === (revision.reason === TAG_REASONS.notVerified)) {
    return found(`${ref} of ${one.key} is ${isVerified ? "" : "not "}verified, and the object is ${revision.reason}`);
  }
  if (hasRule && !isVerified) return [];
  if (tag.commit !== commit) return found(`${ref} of ${one.key} is at ${tag.commit}, status has ${commit}`);
  const isSigned = one.published.some((published) => published.ref === ref && published.trailers !== undefined);
  const provenance = isSigned ? "Operator" : "External";
  return status?.provenance === provenance ? [] : found(`${ref} is ${provenance}, status has ${status?.provenance}`);
}

/**
 * True if the Repository's status lists the ref as skipped. It lists only the first 20: beyond, any ref may be skipped.
 */
export function isSkipped({ repository }: RepositorySituation, ref: string): boolean {
  const { skipped = [], skippedCount = 0 } = repository.status ?? {};
  return skipped.some((one) => one.ref === ref.slice(0, 1024)) || skippedCount > skipped.length;
}

function checkTagObjects(one: RepositorySituation): readonly Violation[] {
  return one.published.flatMap(({ ref, path, revision }) => {
    const objects = one.revisions.filter(
      (object) =>
        object.path === path &&
        (object.object.status?.revision ?? object.object.spec.packageRevID.revision) === revision,
    );
    if (objects.length === 1 || (objects.length === 0 && isSkipped(one, ref))) return [];
    const names = objects.map(({ key }) => key).join(", ");
    const message = objects.length === 0 ? "has no package revision" : `is more than one package revision: ${names}`;
    return { invariant: 1, subject: `${one.key} ${ref}`, message };
  });
}

/** A draft is published only once. */
function checkPublishedTwice(one: RepositorySituation): readonly Violation[] {
  const drafts = Map.groupBy(one.published.filter(isOurTag), ({ path, trailers }) => `${path}/${trailers?.workspace}`);
  return [...drafts].flatMap(([draft, tags]) => {
    if (tags.length === 1) return [];
    const message = `was published ${tags.length} times: ${tags.map(({ revision }) => revision).join(", ")}`;
    return { invariant: 1, subject: `${one.key} ${draft}`, message };
  });
}

/** 3: vN is unique and never reused, also after its deletion; an observed tag stays, or has a tombstone. */
export function checkNumbers({ repositories }: Situation, ledger: Ledger): readonly Violation[] {
  return repositories.flatMap((one) => [...checkReused(one), ...checkOrder(one), ...checkLostTags(one, ledger)]);
}

function checkReused(one: RepositorySituation): readonly Violation[] {
  return one.tombstones.flatMap(({ path, revision, own }) => {
    const again = one.remote.refs.get(revisionRef(path, revision));
    // A deletion is undone by a tag at the same commit.
    if (again === undefined || again.commit === own.commit) return [];
    const message = `${revision} was deleted at ${own.commit}, and is there again at ${again.commit}`;
    return { invariant: 3, subject: `${one.key} ${again.ref}`, message };
  });
}

/** A later publication has a higher number than the revision that its draft began from. */
function checkOrder(one: RepositorySituation): readonly Violation[] {
  return one.published.filter(isOurTag).flatMap(({ ref, revision, trailers }) => {
    const base = trailers?.metadata.base?.revision;
    if (base === undefined || compareRevisions(revision, base) > 0) return [];
    return { invariant: 3, subject: `${one.key} ${ref}`, message: `its draft began from ${base}, which is not older` };
  });
}

function checkLostTags(one: RepositorySituation, ledger: Ledger): readonly Violation[] {
  return ledger.tags
    .filter(({ repository }) => repository === one.key)
    .flatMap(({ ref, commit }) => {
      const slash = ref.lastIndexOf("/");
      const tombstone = tombstoneRef(ref.slice("refs/tags/".length, slash), ref.slice(slash + 1));
      const now = one.remote.refs.get(ref) ?? one.remote.refs.get(tombstone);
      if (now?.commit === commit || isTagChangeReported(one, ref)) return [];
      const message =
        now === undefined ? `was at ${commit}, and is gone` : `was at ${commit}, ${now.ref} is at ${now.commit}`;
      return { invariant: 3, subject: `${one.key} ${ref}`, message };
    });
}

/** True if the condition of its package revision reports that the tag was deleted or moved. */
function isTagChangeReported(one: RepositorySituation, ref: string): boolean {
  return one.revisions.some(
    ({ path, object, reason }) => isTagChanged(reason) && revisionRef(path, object.status?.revision ?? "") === ref,
  );
}

export function isTagChanged(reason: string | undefined): boolean {
  return Object.values(TAG_REASONS).some((one) => one === reason);
}
