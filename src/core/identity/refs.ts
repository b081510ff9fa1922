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

/** The kind of a ref, by its name alone. */
export type RefName =
  | { readonly kind: "branch"; readonly branch: string; readonly folder: string; readonly leaf: string }
  | { readonly kind: "tag"; readonly folder: string; readonly leaf: string }
  | { readonly kind: "tombstone"; readonly folder: string; readonly revision: string }
  | { readonly kind: "other" };

/** Parses a full ref name: `refs/tags/a/b/v1` is the leaf `v1` in the folder `a/b`. */
export function parseRef(ref: string): RefName {
  if (ref.startsWith(HEADS)) {
    const branch = ref.slice(HEADS.length);
    return { kind: "branch", branch, ...splitLeaf(branch) };
  }
  if (!ref.startsWith(TAGS)) return { kind: "other" };
  const { folder, leaf } = splitLeaf(ref.slice(TAGS.length));
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
