import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { isBelow, type Layout, locationOf, packagePath } from "../../src/core/identity/location.ts";
import { pageNumber, pageOwner } from "../../src/core/identity/names.ts";
import { branchRef } from "../../src/core/identity/refs.ts";
import {
  classifyRef,
  type DraftBranch,
  folderOfRef,
  type PublishedRef,
  type Tombstone,
} from "../../src/core/repository/classify-ref.ts";
import { HISTORY_REWRITTEN } from "../../src/core/repository/history-rewrite.ts";
import { type SignatureState, verificationProblem } from "../../src/core/repository/verification.ts";
import {
  type FileView,
  type Folder,
  folderKey,
  type Observation,
  type RemoteRef,
  type RemoteView,
} from "./observation.ts";

/** An observation by Repository: its remote with each ref classified, and its package revisions. */
export interface Situation {
  readonly observation: Observation;
  readonly repositories: readonly RepositorySituation[];
}

export interface RepositorySituation {
  /** `namespace/name` */
  readonly key: string;
  readonly repository: Repository;
  readonly layout: Layout;
  readonly mainRef: string;
  readonly remote: RemoteView;
  /** Tags that are published revisions; `own`: the ref itself. */
  readonly published: readonly (PublishedRef & { readonly own: RemoteRef })[];
  readonly drafts: readonly (DraftBranch & { readonly own: RemoteRef })[];
  readonly tombstones: readonly (Tombstone & { readonly own: RemoteRef })[];
  readonly revisions: readonly RevisionSituation[];
}

export interface RevisionSituation {
  /** `namespace/name` */
  readonly key: string;
  readonly object: PackageRevision;
  /** The package's folder from the repository's root. */
  readonly path: string;
  /** Its contents, page 1 first. */
  readonly pages: readonly PackageRevisionResources[];
  /** Reason of the Ready condition. */
  readonly reason: string | undefined;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((one) => one.type === type);
}

export function keyOf({
  metadata,
}: {
  readonly metadata: { readonly namespace: string; readonly name: string };
}): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** True for a Repository that is in step with its remote. Of all others, only the condition is checked. */
export function isInStep(repository: Repository): boolean {
  const ready = conditionOf(repository, "Ready");
  return ready?.status === "True" || ready?.reason === HISTORY_REWRITTEN;
}

/**
 * Groups an observation by Repository. Leaves out Repositories that were skipped, or that are not in step with their
 * remote.
 */
export function assembleSituation(observation: Observation): Situation {
  const { repositories, revisions, contents } = observation.cluster;
  const pages = Map.groupBy(contents, ({ metadata }) => `${metadata.namespace}/${pageOwner(metadata.name)}`);
  return {
    observation,
    repositories: repositories.filter(isInStep).flatMap((repository) => {
      const key = keyOf(repository);
      const remote = observation.remotes.get(key);
      if (remote === undefined) return [];
      const { directory = "", ref = "main" } = repository.spec.git ?? {};
      const layout = { directory, deployment: repository.spec.deployment ?? false };
      const mainRef = branchRef(ref);
      const own = revisions.filter(
        ({ metadata, spec }) => `${metadata.namespace}/${spec.packageRevID.repository}` === key,
      );
      return {
        key,
        repository,
        layout,
        mainRef,
        remote,
        ...classifyAll(
          layout,
          mainRef,
          remote,
          trustedBy(repository),
          problemOf(repository, observation.keys.get(key)),
        ),
        revisions: own.map((object) => situateRevision(object, layout, pages.get(keyOf(object)) ?? [])),
      };
    }),
  };
}

function situateRevision(
  object: PackageRevision,
  layout: Layout,
  pages: readonly PackageRevisionResources[],
): RevisionSituation {
  const { name } = object.metadata;
  const number = (page: PackageRevisionResources) => pageNumber(name, page.metadata.name);
  return {
    key: keyOf(object),
    object,
    path: packagePath(layout, locationOf(object.spec.packageRevID, layout)),
    pages: [...pages].sort((a, b) => number(a) - number(b)),
    reason: conditionOf(object, "Ready")?.reason,
  };
}

function classifyAll(
  layout: Layout,
  mainRef: string,
  remote: RemoteView,
  trusted: ReadonlySet<string>,
  problem: (ref: RemoteRef) => string | undefined,
): Pick<RepositorySituation, "published" | "drafts" | "tombstones"> {
  const main = remote.refs.get(mainRef)?.commit;
  const found = [...remote.refs.values()].flatMap((own) => {
    if (own.ref === mainRef) return [];
    const folder = folderOfRef(own.ref);
    const treeAt = (commit: string | undefined) =>
      folder === undefined || commit === undefined ? undefined : remote.folders.get(folderKey(commit, folder))?.tree;
    const tree = treeAt(own.commit);
    const notVerified = problem(own);
    const facts = {
      ref: own.ref,
      ...(own.commit !== undefined && { commit: own.commit }),
      ...(tree !== undefined && { tree }),
      ...(isTrusted(own, trusted) && { trailers: own.trailers }),
      ...(notVerified !== undefined && { notVerified }),
    };
    const surroundings = { mainTree: treeAt(main), isPackage: true, isPublished: false };
    // A foreign branch that nobody has taken is among the skipped refs of the Repository.
    return { ...classifyRef(layout, facts, surroundings), own };
  });
  return {
    published: found.filter((one) => one.kind === "published"),
    drafts: found.filter((one) => one.kind === "draft"),
    tombstones: found.filter((one) => one.kind === "tombstone"),
  };
}

/** The Repositories whose records count in this one. */
function trustedBy({ metadata, spec }: Repository): ReadonlySet<string> {
  return new Set([`${metadata.namespace}/${metadata.name}`, ...(spec.trustedRepositories ?? [])]);
}

function isTrusted<T extends Pick<RemoteRef, "trailers">>(
  ref: T,
  trusted: ReadonlySet<string>,
): ref is T & Required<Pick<RemoteRef, "trailers">> {
  return ref.trailers?.repository !== undefined && trusted.has(ref.trailers.repository);
}

/** Why a tag is not verified, where the Repository asks for that. */
function problemOf(repository: Repository, keys: ReadonlySet<string> = new Set()) {
  const { spec } = repository;
  const state = (signer: string | undefined): SignatureState => {
    if (signer === "operator") return { kind: "operator" };
    return signer !== undefined && keys.has(signer) ? { kind: "listed" } : { kind: "not", problem: "is not verified" };
  };
  return (own: RemoteRef): string | undefined => {
    const { ref, annotated, signatures } = own;
    if (spec.verification === undefined || !ref.startsWith("refs/tags/")) return undefined;
    const commit = state(signatures?.commit);
    if (signatures?.tag === "operator" && !isTrusted(own, trustedBy(repository))) return "is of another Repository";
    const tag = annotated ? { tag: state(signatures?.tag) } : {};
    return verificationProblem(spec.verification.mode ?? "TagOrHEAD", { ...tag, commit });
  };
}

/** The folder of a package in a commit. */
export function folderAt(
  { remote }: RepositorySituation,
  commit: string | undefined,
  path: string,
): Folder | undefined {
  return commit === undefined ? undefined : remote.folders.get(folderKey(commit, path));
}

/** Folders below a package's that are published packages of their own, relative to it. A branch is none. */
export function nestedIn({ published }: RepositorySituation, path: string): readonly string[] {
  const paths = new Set(published.map((one) => one.path).filter((one) => isBelow(one, path)));
  return [...paths].map((one) => one.slice(path.length + 1));
}

/** Files of a folder without those of the packages below it. */
export function ownFiles(files: readonly FileView[], nested: readonly string[]): readonly FileView[] {
  return files.filter(({ path }) => !nested.some((folder) => isBelow(path, folder)));
}

/**
 * True for a tag of the operator, by its trailers, which must match its name. Only what it signed has trailers here.
 */
export function isOurTag(tag: PublishedRef & { readonly own: RemoteRef }): boolean {
  const { trailers } = tag;
  return tag.own.annotated && trailers?.lifecycle === "published" && trailers.revision === tag.revision;
}
