import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { DraftBase, PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../api/v1alpha1/well-known.ts";
import { isSameJson } from "../identity/same-json.ts";
import type { PublishedRef } from "../repository/classify-ref.ts";
import { isTagOnly } from "../repository/tag-only.ts";
import { ABSENT, type Observation, type RevisionView } from "./observation.ts";
import type { NamedLock } from "./upstream-lock.ts";

/** What a request to rebase a draft leads to. */
export type RebasePlan =
  /** The latest published revision. */
  | { readonly kind: "latest"; readonly latest: PublishedRef; readonly base: DraftBase }
  /** The folder on the branch of published packages, which is ahead of the latest revision, and includes that. */
  | { readonly kind: "main"; readonly base: DraftBase }
  /** There is nothing to rebase onto, or the rebase is refused; `message` is for the user. */
  | { readonly kind: "end"; readonly result: "UpToDate" | "Refused"; readonly message: string };

export type LastRebase = NonNullable<PackageRevisionStatus["lastRebase"]>;

/** The user who asks for a rebase. */
export function rebaseRequester({ metadata }: PackageRevision): string | undefined {
  return metadata.annotations?.[ANNOTATION_REBASE_REQUESTED_BY];
}

/** Only a draft without a request to propose is rebased: such a request is for the files as they were. */
export function isToBeRebased(object: PackageRevision): boolean {
  const { spec, status, metadata } = object;
  const isDraft = status?.lifecycle === "draft" && (spec.lifecycle ?? "draft") === "draft";
  return isDraft && metadata.deletionTimestamp === undefined && rebaseRequester(object) !== undefined;
}

/** `status.outdatedBy`: the latest revision, if a draft or proposal is based on another one. */
export function outdatedBy(base: DraftBase | undefined, latest: { readonly revision: string } | undefined) {
  return base === undefined || latest === undefined || latest.revision === base.revision ? undefined : latest.revision;
}

/**
 * What a draft is rebased onto: the present state of what its publication would replace. That is main where it is ahead
 * of the latest revision. Where main was set back, or never had the latest revision, a person decides what is lost.
 *
 * @param base of the draft
 */
export function planRebase({ repository }: Observation, view: RevisionView, base: DraftBase): RebasePlan {
  const { commit, revision: from } = base;
  const began = commit === undefined ? {} : { commit };
  const { latest, mainCommit } = view;
  const divergence = isTagOnly(repository) ? "none" : mainDivergence(view);
  if (divergence === "ahead" && mainCommit !== undefined) {
    const revision = latest === undefined ? {} : { revision: latest.revision };
    return { kind: "main", base: { ...revision, ...began, mainCommit } };
  }
  if (latest !== undefined && latest.revision !== from) {
    return { kind: "latest", latest, base: { revision: latest.revision, ...began } };
  }
  if (divergence !== "none") return { kind: "end", result: "Refused", message: describeDivergence(view, divergence) };
  const what =
    latest === undefined ? `there is no published revision of ${view.path}` : `it is based on ${latest.revision}`;
  return { kind: "end", result: "UpToDate", message: `${what}, and ${view.mainRef} has no other changes of it` };
}

type Divergence = "none" | "ahead" | "removed" | "set back" | "without latest" | "rewritten";

/** How main's folder differs from the draft's base, the draft, and the latest revision; none if it is one of them. */
function mainDivergence({ own, mainChange, mainRevision, mainLost }: RevisionView): Divergence {
  const { main, base, head, latest } = own;
  if (main === undefined || main === base || main === head || main === latest || mainChange?.merged === true) {
    return "none";
  }
  if (main === ABSENT) return mainChange === undefined ? "none" : "removed";
  if (mainLost !== undefined) return "rewritten";
  if (mainRevision !== undefined) return "set back";
  return mainChange?.holdsLatest === true ? "ahead" : "without latest";
}

function describeDivergence(view: RevisionView, divergence: Exclude<Divergence, "none">): string {
  const { path, mainRef, mainRevision, latest, mainChange } = view;
  const where = `the folder ${path} on ${mainRef}`;
  const commit = mainChange === undefined ? "" : ` (commit ${mainChange.commit})`;
  const what = {
    ahead: `${where} is ahead${commit}`,
    removed: `${where} was removed${commit}`,
    "set back": `${where} has the contents of ${mainRevision}, though ${latest?.revision} is the latest${commit}`,
    "without latest": `${where} was changed, and never had ${latest?.revision}${commit}`,
    rewritten: `the history of ${mainRef} was rewritten on the remote`,
  }[divergence];
  return `${what}: nothing can be merged from there; edit the draft, and have an approver confirm that commit`;
}

/** A base as the trailer `Rebased-Onto` and messages have it. */
export function describeBase({ revision, mainCommit }: DraftBase): string {
  const main = mainCommit === undefined ? [] : [`main ${mainCommit}`];
  return [...(revision === undefined ? [] : [revision]), ...main].join(", ");
}

/** `status.lastRebase.message` of a rebase that was done, as its commit records it. */
export function describeRebase(onto: string, by: string | undefined): string {
  return `rebased onto ${onto}${by === undefined ? "" : `, as ${JSON.stringify(by)} has asked`}`;
}

/**
 * The upstream lock of a draft that was rebased from one published revision onto another. It is merged as a file is:
 * the lock of the latest revision if only that has changed, else the draft's own.
 */
export function rebasedLock(
  own: NamedLock | undefined,
  before: NamedLock | undefined,
  latest: NamedLock | undefined,
): NamedLock | undefined {
  return isSameJson(own, before) ? (latest ?? own) : own;
}
