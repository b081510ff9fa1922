import type { Oid } from "../identity/oid.ts";

/** The file modes of Git: file, executable, symlink, submodule. */
export type FileMode = "100644" | "100755" | "120000" | "160000";

/**
 * One edit of a tree. Paths are relative to the repository's root, with `/` between their parts; only `putTree` and
 * `remove` may have the empty path, which is the root.
 */
export type TreeEdit =
  | { readonly kind: "putFile"; readonly path: string; readonly mode: FileMode; readonly bytes: Uint8Array }
  | { readonly kind: "putObject"; readonly path: string; readonly mode: FileMode; readonly oid: Oid }
  /** Replaces the folder by exactly this tree. */
  | { readonly kind: "putTree"; readonly path: string; readonly tree: Oid }
  /** Removes a file or a folder; an absent one is no error. */
  | { readonly kind: "remove"; readonly path: string };
