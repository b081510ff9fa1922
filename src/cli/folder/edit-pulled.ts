import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { FileChange } from "../../core/files/three-way.ts";
import type { Context } from "../context.ts";
import { withCleanUp } from "../interrupts.ts";
import { waitForChecks } from "../packages/wait-for-checks.ts";
import { waitUntilInGit } from "../packages/wait-in-git.ts";
import { folderNameOf, pullInto } from "./pull.ts";
import { pushFolder } from "./push.ts";
import { requireState } from "./state.ts";

export interface PulledEdit {
  /** Changes the files of the folder. */
  readonly change: (dir: string, files: ReadonlyMap<string, Uint8Array>) => Promise<void>;
  /** Called with what was sent to the API server. */
  readonly onPushed?: (changes: readonly FileChange[]) => void;
  /** Called once it is in Git, before it is checked. */
  readonly onSaved: (changes: readonly FileChange[]) => void;
  /** True if the files are the user's work: they are kept if anything fails. */
  readonly keepsFiles: boolean;
  readonly timeoutMs: number;
}

/**
 * Pulls a draft into a folder of its own, changes files there, pushes what changed, and waits until that is in Git and
 * checked. An edit of another user in between is not lost.
 * @throws CliError conflict if the same files were changed meanwhile
 */
export async function editPulled(context: Context, revision: PackageRevision, edit: PulledEdit): Promise<void> {
  const name = folderNameOf(revision);
  const parent = await mkdtemp(join(tmpdir(), "kubectl-pkg-"));
  const dir = join(parent, name);
  let isKept = false;
  const cleanUp = async () => {
    if (isKept) context.note(`your files are kept in ${dir}`);
    else await rm(parent, { recursive: true, force: true });
  };
  await withCleanUp(cleanUp, async () => {
    try {
      const { files } = await pullInto(context, revision, dir);
      isKept = edit.keepsFiles;
      await edit.change(dir, files);
      await push(context, revision, dir, edit);
      isKept = false;
    } finally {
      await cleanUp();
    }
  });
}

async function push(
  context: Context,
  revision: PackageRevision,
  dir: string,
  { onPushed, onSaved, timeoutMs }: PulledEdit,
): Promise<void> {
  const { written, pushed } = await pushFolder(context, dir, await requireState(dir), { ours: [], dryRun: false });
  onPushed?.(pushed);
  const commit = await waitUntilInGit(context, written, timeoutMs);
  onSaved(pushed);
  if (written.length > 0) await waitForChecks(context, revision, commit, timeoutMs);
}
