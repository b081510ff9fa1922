import type { FileNotShown } from "../../api/v1alpha1/package-revision-resources.ts";
import { showSafely } from "./symlinks.ts";

export const LINK_LEAVES_REPOSITORY = "LinkLeavesRepository";
/** Links that a message names. */
const MAX_NAMED = 5;

/** The problem of links that lead out of the repository; undefined if there is none. */
export function outgoingLinks(
  hidden: readonly FileNotShown[],
): { readonly reason: typeof LINK_LEAVES_REPOSITORY; readonly message: string } | undefined {
  const outgoing = hidden.filter(({ leaves }) => leaves === "Repository");
  if (outgoing.length === 0) return undefined;
  const named = outgoing
    .slice(0, MAX_NAMED)
    .map(({ path, target }) => `${showSafely(path)} → ${target ?? "a target that is too long"}`);
  const more = outgoing.length > MAX_NAMED ? `, and ${outgoing.length - MAX_NAMED} more` : "";
  const message =
    `symlinks lead out of the repository, or nowhere: ${named.join(", ")}${more}; whoever renders the package would ` +
    "read files of that machine: remove them from the draft's branch, or from the package that is cloned, with git";
  return { reason: LINK_LEAVES_REPOSITORY, message };
}
