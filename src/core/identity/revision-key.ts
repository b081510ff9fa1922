import { CATALOG_TARGET, type PackageLocation } from "./location.ts";

/**
 * Keys of package revisions within one namespace, made of all parts of their identity, unfolded. A draft has a
 * workspace; a published revision has a revision, and the workspace of the draft that it was published from.
 */

/** Equal for the revisions of one package. */
export function packageKey(repository: string, { target, realm, package: name }: PackageLocation): string {
  return JSON.stringify([repository, target ?? CATALOG_TARGET, realm ?? "", name]);
}

export function workspaceKey(repository: string, location: PackageLocation, workspace: string): string {
  return `${packageKey(repository, location)} workspace ${workspace}`;
}

export function revisionKey(repository: string, location: PackageLocation, revision: string): string {
  return `${packageKey(repository, location)} revision ${revision}`;
}
