import type { FileNotShown } from "../../api/v1alpha1/package-revision-resources.ts";
import { firstThatFit } from "./first-that-fit.ts";
import { MAX_PATH } from "./package-file.ts";

export const FILES_NOT_LISTED = "FilesNotListed";
/** The limit of the schema. Entries of ordinary length reach the limit of bytes first. */
export const MAX_NOT_SHOWN = 250;

/** The list of a status. Links that leave the package come first, since the list is bounded. */
export function listNotShown(hidden: readonly FileNotShown[]): readonly FileNotShown[] {
  return firstThatFit(
    hidden.toSorted((a, b) => rankOf(a) - rankOf(b)),
    MAX_NOT_SHOWN,
  );
}

function rankOf({ leaves }: FileNotShown): number {
  return leaves === "Repository" ? 0 : leaves === "Package" ? 1 : 2;
}

/**
 * The blocker for files that `status.filesNotShown` cannot list: a reviewer would not see them. Undefined if all are
 * listed, each with its object id.
 */
export function notListed(
  hidden: readonly FileNotShown[],
): { readonly reason: typeof FILES_NOT_LISTED; readonly message: string } | undefined {
  const listed = listNotShown(hidden).length;
  const cut = hidden.find(({ path }) => path.length >= MAX_PATH);
  if (listed === hidden.length && cut === undefined) return undefined;
  const what =
    listed === hidden.length
      ? `a path has ${MAX_PATH} characters or more`
      : `${hidden.length} files are not shown, and status.filesNotShown of the contents holds ${listed} of them`;
  const message =
    `${what}: a reviewer would not see all that is approved; remove such files (symlinks, submodules, large files, ` +
    "unusual names) from the draft's branch with git, or move some of them into another package";
  return { reason: FILES_NOT_LISTED, message };
}
