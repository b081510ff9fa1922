const HEADS = "refs/heads/";
const TAGS = "refs/tags/";
const TOMBSTONE_PREFIX = "deleted-";

export function branchRef(branch: string): string {
  return `${HEADS}${branch}`;
}

/** The branch of a draft. */
export function draftRef(path: string, workspace: string): string {
  return `${HEADS}${path}/${workspace}`;
}

/** The tag of a published revision. */
export function revisionRef(path: string, revision: string): string {
  return `${TAGS}${path}/${revision}`;
}

/** The tag that keeps the contents of a deleted revision, and prevents the reuse of its number. */
export function tombstoneRef(path: string, revision: string): string {
  return `${TAGS}${path}/${TOMBSTONE_PREFIX}${revision}`;
}

/** Hexadecimal digits of a commit in the name of a tag: enough for a repository of any size. */
const SHORT_COMMIT = 12;
const DELETED_DRAFT = /^deleted-(?:.+-)?(?:[0-9a-f]{12}|[0-9a-f]{40}|[0-9a-f]{64})$/s;

/**
 * The names of the tag that keeps the last commit of a deleted draft; the first that a repository can hold is used. A
 * long workspace leaves no place for more in one part of a name, and tags of others may be in the way.
 */
export function deletedDraftRefs(path: string, workspace: string, commit: string): readonly string[] {
  const prefix = `${TAGS}${path}/${TOMBSTONE_PREFIX}`;
  return [
    `${prefix}${workspace}-${commit.slice(0, SHORT_COMMIT)}`,
    `${prefix}${commit}`,
    `${TAGS}${TOMBSTONE_PREFIX}${commit}`,
  ];
}

/** The kind of a ref, by its name alone. */
export type RefName =
  | { readonly kind: "branch"; readonly branch: string; readonly folder: string; readonly leaf: string }
  | { readonly kind: "tag"; readonly folder: string; readonly leaf: string }
  | { readonly kind: "tombstone"; readonly folder: string; readonly revision: string }
  | { readonly kind: "deletedDraft"; readonly folder: string }
  | { readonly kind: "other" };

/** Parses a full ref name: `refs/tags/a/b/v1` is the leaf `v1` in the folder `a/b`. */
export function parseRef(ref: string): RefName {
  if (ref.startsWith(HEADS)) {
    const branch = ref.slice(HEADS.length);
    return { kind: "branch", branch, ...splitLeaf(branch) };
  }
  if (!ref.startsWith(TAGS)) return { kind: "other" };
  const { folder, leaf } = splitLeaf(ref.slice(TAGS.length));
  if (DELETED_DRAFT.test(leaf)) return { kind: "deletedDraft", folder };
  if (leaf.startsWith(TOMBSTONE_PREFIX))
    return { kind: "tombstone", folder, revision: leaf.slice(TOMBSTONE_PREFIX.length) };
  return { kind: "tag", folder, leaf };
}

function splitLeaf(path: string): { readonly folder: string; readonly leaf: string } {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? { folder: "", leaf: path } : { folder: path.slice(0, slash), leaf: path.slice(slash + 1) };
}

/** True if Git cannot hold both refs: one name would be a file and a folder at once. */
export function refsConflict(a: string, b: string): boolean {
  return a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

const FORBIDDEN = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|^\/|\.lock(\/|$)|(^|\/)\.|\.$|^@$/;

/** True if Git accepts the branch name (git-check-ref-format) and no command parses it as an option. */
export function isBranchName(name: string): boolean {
  return name !== "" && !FORBIDDEN.test(name) && !/^[-+]/.test(name) && !name.startsWith("refs/") && name !== "HEAD";
}
