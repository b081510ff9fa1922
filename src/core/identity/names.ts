import { sha256Hex } from "./hash.ts";
import { CATALOG_TARGET, type PackageLocation } from "./location.ts";

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const MAX_NAME_LENGTH = 253;
/** Characters reserved for the suffix `.page-NNN` of further contents objects. */
const PAGE_SUFFIX_LENGTH = 10;
/** Hexadecimal digits of a hash in a name: 80 bits. */
const HASH_LENGTH = 20;
/** With `-` and the hash, a folded part has at most 63 characters. */
const MAX_LEGAL_LENGTH = 63 - HASH_LENGTH - 1;

/**
 * The name of a package revision's object: `target.repository.realm.package.workspace`, with `.` for `/` in the realm,
 * and the target `catalog` in catalog repositories. Parts that are legal in Git only are folded to a legal form with a
 * hash. Two package revisions may have the same name (`a.b` is folded to a name that a package can have as it is), so
 * that nothing may be looked up by it: `spec.packageRevID` is the identity.
 */
export function objectName(repository: string, location: PackageLocation, workspace: string): string {
  const realm = location.realm?.split("/") ?? [];
  const parts = [location.target ?? CATALOG_TARGET, repository, ...realm, location.package].map(foldLabel);
  const name = [...parts, workspaceLabel(workspace)].join(".");
  if (name.length <= MAX_NAME_LENGTH - PAGE_SUFFIX_LENGTH) return name;
  const hash = sha256Hex(name).slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_NAME_LENGTH - PAGE_SUFFIX_LENGTH - hash.length - 1).replace(/[-.]+$/, "")}.${hash}`;
}

/** `part` itself if it is a DNS label and not all digits; else its legal characters and a hash of `part`. */
export function foldLabel(part: string): string {
  return DNS_LABEL.test(part) && !/^[0-9]+$/.test(part) ? part : hashLabel(part);
}

function hashLabel(part: string): string {
  const legal = legalLabel(part, MAX_LEGAL_LENGTH);
  const hash = sha256Hex(part).slice(0, HASH_LENGTH);
  return legal === "" ? `x-${hash}` : `${legal}-${hash}`;
}

/** The legal characters of a text, as a DNS label; empty if there are none. */
export function legalLabel(text: string, maxLength = 63): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, maxLength)
    .replace(/^-|-$/g, "");
}

/**
 * An external pusher may name a branch `page-2`: unfolded, its object would have the name of the second page of
 * another.
 */
function workspaceLabel(workspace: string): string {
  if (isRevisionLike(workspace)) return workspace;
  return /^page-[0-9]+$/.test(workspace) ? hashLabel(workspace) : foldLabel(workspace);
}

/** True for `v1` or `v1.2.3`, which are reserved for published revisions and may contain dots. */
function isRevisionLike(workspace: string): boolean {
  return /^v[0-9]+(\.[0-9]+)*$/.test(workspace) && workspace.length <= 63;
}

/** The name of a page of a package's contents. The first page has the name of the package revision. */
export function pageName(revisionName: string, page: number): string {
  return page === 1 ? revisionName : `${revisionName}.page-${page}`;
}

/**
 * The name of the package revision that a page belongs to. Unambiguous: no object name ends in a workspace `page-N`.
 */
export function pageOwner(name: string): string {
  return name.replace(/\.page-[0-9]+$/, "");
}

/** The number of a page, from its name and the name of its package revision. */
export function pageNumber(revisionName: string, name: string): number {
  return name === revisionName ? 1 : Number(name.slice(revisionName.length + ".page-".length));
}
