import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { RepositorySpec } from "../../api/v1alpha1/repository-spec.ts";
import { ENFORCED } from "../admission/policy-state.ts";
import type { Observation, RevisionView } from "../revision/observation.ts";

type Condition = NonNullable<PackageRevisionStatus["conditions"]>[number];

/** A package revision `dns`, workspace `one`, of the catalog `blue`. */
export function aRevision(with_: {
  readonly spec?: Partial<PackageRevisionSpec>;
  readonly status?: Partial<PackageRevisionStatus>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}): PackageRevision {
  const { labels, annotations, status, spec } = with_;
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevision",
    metadata: {
      name: "catalog.blue.dns.one",
      namespace: "default",
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
      ...(with_.deleted === true && { deletionTimestamp: "2025-01-02T03:04:05Z" }),
    },
    spec: { packageRevID: { repository: "blue", package: "dns", workspace: "one" }, ...spec },
    ...(status !== undefined && { status: { observedGeneration: 1, ...status } }),
  };
}

export function aRepository(
  spec: Partial<RepositorySpec> = {},
  more: {
    readonly name?: string;
    readonly namespace?: string;
    readonly created?: string;
    readonly ready?: Condition;
    readonly deleted?: boolean;
  } = {},
): Repository {
  const { name = "blue", namespace = "default", created = "2025-01-01T00:00:00Z", ready } = more;
  return {
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "Repository",
    metadata: {
      name,
      namespace,
      uid: `uid-of-${name}`,
      creationTimestamp: created,
      ...(more.deleted === true && { deletionTimestamp: "2025-01-02T03:04:05Z" }),
    },
    spec: { git: { url: "https://git.example.com/blue" }, ...spec },
    ...(ready !== undefined && { status: { observedGeneration: 1, conditions: [ready] } }),
  };
}

/** A view of Git without refs of the package. */
export function aView(more: Partial<RevisionView> = {}): RevisionView {
  return {
    repository: "default/blue",
    layout: { directory: "", deployment: false },
    path: "dns",
    mainRef: "refs/heads/main",
    next: "v1",
    nested: [],
    hadMain: false,
    enclosing: [],
    overlapping: [],
    conflictingRefs: [],
    own: {},
    ...more,
  };
}

/** An observation of a package revision; `view: "unread"` if its repository was not read yet. */
export function observed(
  object: PackageRevision,
  more: Partial<Omit<Observation, "view">> & { readonly view?: RevisionView | "unread" } = {},
): Observation {
  const { view = aView(), ...rest } = more;
  const read = view === "unread" ? {} : { view };
  const repository = aRepository();
  return { object, repository, upstream: { kind: "none" }, editors: [], policies: ENFORCED, ...rest, ...read };
}

export function condition(
  type: string,
  status: Condition["status"],
  reason = "Tried",
  message = "as it went",
): Condition {
  return { type, status, reason, message, lastTransitionTime: "2025-01-02T03:04:05Z" };
}
