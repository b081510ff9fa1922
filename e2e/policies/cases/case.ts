import type { Capability } from "../../harness/capabilities.ts";
import type { Given, KubeLike, User } from "../testenv.ts";

/** One request on a package revision of a given state, and how the API server must answer. */
export interface Case {
  readonly title: string;
  /** What the answer depends on beside the validating policies. */
  readonly needs?: Capability;
  /** Each user in turn, on an object of its own. */
  readonly as: readonly User[];
  readonly given: Given;
  /** A merge patch, a function that returns the object of a replace, or a deletion. */
  readonly act: object | ((object: KubeLike) => object) | "delete";
  /** A part of the refusal's message; absent: the request is accepted. */
  readonly refused?: string;
  /** A text that the refusal must not contain. */
  readonly conceals?: string;
  /** A part of the object that is returned. */
  readonly result?: object;
  /** The path of a field that the returned object must not have. */
  readonly lacks?: readonly string[];
}

export const DIGEST = "sha256:1111";
export const PROPOSED_BY = "pkg.pkgserver.dev/proposed-by";
export const CHANGED_BY = "pkg.pkgserver.dev/changed-by";
export const CONFIRM_BASE = "pkg.pkgserver.dev/confirm-base";
export const CONFIRMED_BY = "pkg.pkgserver.dev/confirmed-by";
export const REBASE = "pkg.pkgserver.dev/rebase-requested-by";
export const LIFECYCLE_CHANGED_BY = "pkg.pkgserver.dev/lifecycle-changed-by";
const PROPOSAL = { digest: DIGEST, commit: "c0ffee", by: "alice", at: "2026-01-01T00:00:00Z" };
export const APPROVAL = { digest: DIGEST, by: "bob" };

export const everyone: readonly User[] = ["alice", "bob", "admin"];
export const approvers: readonly User[] = ["bob", "admin"];

/** As admission leaves a creation by alice. */
export const unobserved: Given = { metadata: { annotations: { [CHANGED_BY]: "alice" } } };
export const draft: Given = { spec: { lifecycle: "draft" }, status: { lifecycle: "draft" } };
export const proposed: Given = {
  spec: { lifecycle: "proposed" },
  metadata: { annotations: { [PROPOSED_BY]: "alice" } },
  status: { lifecycle: "proposed", proposal: PROPOSAL },
};
export const published: Given = {
  ...proposed,
  spec: { lifecycle: "published", approval: APPROVAL },
  status: { lifecycle: "published", proposal: PROPOSAL, revision: "v1" },
};
export const deletionProposed: Given = {
  ...published,
  spec: { lifecycle: "deletionProposed", approval: APPROVAL },
  status: { lifecycle: "deletionProposed", proposal: PROPOSAL, revision: "v1" },
};
/** Approved; the operator has not published it yet. */
export const publishing: Given = { ...proposed, spec: { lifecycle: "published", approval: APPROVAL } };
/** Approved; the operator reports what the publication waits for. */
export const waiting: Given = { ...publishing, status: { ...proposed.status, waitingFor: ["OutdatedBase"] } };

/** A patch of spec.lifecycle, with further fields of the spec. */
export function moveTo(lifecycle: string | null, spec: object = {}) {
  return { spec: { lifecycle, ...spec } };
}

export function annotate(key: string, value: string | null) {
  return { metadata: { annotations: { [key]: value } } };
}

/** A state that this user brought about by a change of the lifecycle. */
export function movedBy(user: string, given: Given): Given {
  const annotations = { ...(given.metadata?.annotations as object | undefined), [LIFECYCLE_CHANGED_BY]: user };
  return { ...given, metadata: { ...given.metadata, annotations } };
}

/** A deletion that this user proposed, under four eyes; null: the user is not known. */
export function reviewedDeletion(by: string | null, fourEyes = true): Given {
  const deletionProposal = { ...(by !== null && { by }), fourEyes };
  const status = { ...deletionProposed.status, deletionProposal };
  const given = by === null ? deletionProposed : movedBy(by, deletionProposed);
  return { ...given, status };
}

/** A deletion that was proposed after the operator wrote status. */
export function unrecordedDeletion(status: object = {}): Given {
  return { ...deletionProposed, status: { ...published.status, ...status } };
}

export function condition(type: string, status: "True" | "False"): object {
  return { type, status, reason: "Test", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
}

/** Replaces the object by one without annotations, as `kubectl replace` of a manifest that names none does. */
export function replaceWithoutAnnotations(object: KubeLike): object {
  return { ...object, metadata: { ...object.metadata, annotations: {} } };
}
