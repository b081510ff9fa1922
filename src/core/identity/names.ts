import { sha256Hex } from "./hash.ts";
import { CATALOG_TARGET, type PackageLocation } from "./location.ts";

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const MAX_NAME = 253;
/** Room for the `.page-NNN` of further contents objects. */
const PAGE_ROOM = 10;

/**
 * The name of a package revision's object: `target.repository.realm.package.workspace`, `/` in the realm as `.`, the
 * target `catalog` for catalog repositories. Parts that Git allows and Kubernetes does not are folded, with a hash.
 */
export function objectName(repository: string, location: PackageLocation, workspace: string): string {
  const realm = location.realm?.split("/") ?? [];
  const parts = [location.target ?? CATALOG_TARGET, repository, ...realm, location.package].map(foldLabel);
  const name = [...parts, nameWorkspace(workspace)].join(".");
  if (name.length <= MAX_NAME - PAGE_ROOM) return name;
  const hash = sha256Hex(name).slice(0, 16);
  return `${name.slice(0, MAX_NAME - PAGE_ROOM - hash.length - 1).replace(/[-.]+$/, "")}.${hash}`;
}

/** `part` if it is a DNS label and not all digits; else its legal characters and a short hash of the original. */
export function foldLabel(part: string): string {
  return DNS_LABEL.test(part) && !/^[0-9]+$/.test(part) ? part : hashLabel(part);
}

function hashLabel(part: string): string {
  const legal = part
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 50)
    .replace(/^-+|-+$/g, "");
  const hash = sha256Hex(part).slice(0, 8);
  return legal === "" ? `x-${hash}` : `${legal}-${hash}`;
}

/** Others may call a branch `page-2`: as it is, its object would have the name of another's second page. */
function nameWorkspace(workspace: string): string {
  if (isRevisionLike(workspace)) return workspace;
  return /^page-[0-9]+$/.test(workspace) ? hashLabel(workspace) : foldLabel(workspace);
}

/** True for what is kept for the revisions themselves: `v<digit>…` of legal characters. */
function isRevisionLike(workspace: string): boolean {
  return /^v[0-9]+(\.[0-9]+)*$/.test(workspace) && workspace.length <= 63;
}

/** The name of one page of a package's contents; the first has the package revision's own name. */
export function pageName(revisionName: string, page: number): string {
  return page === 1 ? revisionName : `${revisionName}.page-${page}`;
}

/** The name of the package revision that a page belongs to: no workspace is called `page-N`. */
export function pageOwner(name: string): string {
  return name.replace(/\.page-[0-9]+$/, "");
}

/** The number of a page, from its name and its package revision's. */
export function pageNumber(revisionName: string, name: string): number {
  return name === revisionName ? 1 : Number(name.slice(revisionName.length + ".page-".length));
}
