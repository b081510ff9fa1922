import type { Oid } from "../../../core/identity/oid.ts";
import { renderCommitMessage } from "../../../core/revision/commit-trailers.ts";
import { MAIN } from "./fixtures.ts";
import { BRANCH } from "./open-store.ts";
import type { TestRepository } from "./repositories.ts";
import { signObject } from "./sign-object.ts";
import { testSigning } from "./signing.ts";

/** Whose draft it is. */
export interface SignedDraft {
  /** `namespace/name` of the Repository. */
  readonly repository: string;
  readonly editors: readonly string[];
}

/**
 * Commits a file to main, and makes the branch of the draft one commit of the operator on it, with a Kptfile. Returns
 * that commit and its tree.
 */
export async function pushSignedDraft(
  remote: TestRepository,
  draft: SignedDraft,
): Promise<{ readonly commit: Oid; readonly tree: Oid }> {
  const main = await remote.commitFile(MAIN, "README.md", "all");
  const made = await remote.commitFile("refs/heads/made", "dns/Kptfile", "1");
  await remote.git("update-ref", "-d", "refs/heads/made");
  const tree = await remote.git("rev-parse", `${made}^{tree}`);
  const of = { path: "dns", workspace: "one", lifecycle: "draft", metadata: {} } as const;
  const message = renderCommitMessage("Edit dns", { ...draft, ...of });
  const unsigned = await remote.git("commit-tree", tree, "-m", message, "-p", main);
  const commit = await signObject(remote, "commit", unsigned, testSigning);
  await remote.git("update-ref", BRANCH, commit);
  return { commit, tree };
}
