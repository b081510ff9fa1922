import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { LABEL_RELEASE } from "../../api/v1alpha1/well-known.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { compare } from "../identity/compare.ts";
import { sha256Hex } from "../identity/hash.ts";
import { CATALOG_TARGET, type PackageLocation } from "../identity/location.ts";
import type { ReleaseView } from "../revision/observation.ts";

/**
 * The most members of a release: each takes two refs of the push, and the command line of git two arguments for each.
 */
export const MAX_MEMBERS = 100;

interface Labelled {
  /** Of an object, or as a commit records it. */
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

/** The name of the release that a label puts a revision in; undefined without one. */
export function releaseOf({ metadata }: Labelled): string | undefined {
  const name = metadata.labels?.[LABEL_RELEASE];
  return name === "" ? undefined : name;
}

/** Equal for the members of one release; undefined for a revision that is no member: published, or being deleted. */
export function releaseKey(object: PackageRevision): string | undefined {
  const name = releaseOf(object);
  const { metadata, spec, status } = object;
  const isOpen = status?.lifecycle !== "published" && status?.lifecycle !== "deletionProposed";
  // Discovered as published, and not read yet.
  const isDiscovered = status?.lifecycle === undefined && spec.lifecycle === "published";
  if (name === undefined || !isOpen || isDiscovered || metadata.deletionTimestamp !== undefined) return undefined;
  return `${metadata.namespace}/${spec.packageRevID.repository}/${name}`;
}

/** True for a member whose proposal is in Git. */
export function isProposed({ status }: PackageRevision): boolean {
  return status?.lifecycle === "proposed" && status.proposal !== undefined;
}

export function byName(a: PackageRevision, b: PackageRevision): number {
  return compare(a.metadata.name, b.metadata.name);
}

/** A proposal that is a member of a release. */
export interface ReleasedProposal {
  readonly location: PackageLocation;
  readonly workspace: string;
  /** `status.proposal.digest`. */
  readonly digest: string;
}

/**
 * `sha256:…` over the members of a release with the digests of their proposals: it is another one as soon as a member
 * joins, leaves, or is proposed with other contents. It can be computed from the tags of the release as well.
 */
export function releaseDigest(proposals: readonly ReleasedProposal[]): string {
  const members = proposals.map(({ location: { target, realm, package: name }, workspace, digest }) =>
    JSON.stringify([target ?? CATALOG_TARGET, realm ?? "", name, workspace, digest]),
  );
  return `sha256:${sha256Hex(canonicalJson(members.sort(compare)))}`;
}

/** The digest of a release with these members; those that are not proposed do not count. */
export function digestOfMembers(members: readonly PackageRevision[]): string {
  return releaseDigest(
    members.flatMap((one) => {
      const { packageRevID: id } = one.spec;
      const { proposal } = one.status ?? {};
      if (!isProposed(one) || proposal === undefined) return [];
      return [{ location: id, workspace: id.workspace, digest: proposal.digest }];
    }),
  );
}

/** `status.release` of a member; undefined for a release that is too large to be published. */
export function releaseStatus(release: ReleaseView | undefined): PackageRevisionStatus["release"] {
  if (release === undefined || release.members.length === 0) return undefined;
  return { digest: digestOfMembers(release.members), members: release.members.filter(isProposed).length };
}
