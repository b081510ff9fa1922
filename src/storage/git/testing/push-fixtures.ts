import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { GitChange, RefStep } from "../push/change.ts";
import type { PushQueue } from "../push/push-queue.ts";
import type { WriteRequest } from "../push/write-request.ts";
import { it as base, MAIN } from "./fixtures.ts";
import { commitOf, putText } from "./repositories.ts";

/** Vitest's `it` with a remote that has a commit with the file `root` on main, and counts the pushes it has applied. */
export const it = base.extend("remote", async ({ repository }) => {
  await repository.commitFile(MAIN, "root", "1");
  await repository.installHook("post-receive", 'echo push >> "$GIT_DIR/pushes"');
  const countPushes = async () => {
    const text = await readFile(join(repository.bare, "pushes"), "utf8").catch(() => "");
    return text.split("\n").length - 1;
  };
  const filesOf = async (ref: string) =>
    (await repository.git("ls-tree", "-r", "--name-only", "-z", ref)).split("\0").filter(Boolean);
  return Object.assign(repository, { countPushes, filesOf });
});

export function change(...steps: readonly RefStep[]): GitChange {
  return { steps, claims: [] };
}

export function draft(ref: string, ...edits: TreeEdit[]): RefStep {
  return { kind: "commit", ref, commit: commitOf(...edits) };
}

/** A commit on main that adds a file to a package's folder. */
export function addTo(folder: string, text = folder, edits: TreeEdit[] = []): GitChange {
  const commit = commitOf(putText(`${folder}/file`, text), ...edits);
  return { steps: [{ kind: "commit", ref: MAIN, commit }], claims: [folder] };
}

/** A request whose plan is this change, whatever the refs are. */
export function requestOf(planned: GitChange): WriteRequest<string> {
  return { name: "test", plan: async () => ({ kind: "write", change: planned, value: "done" }) };
}

/** Submits all changes in the same turn of the event loop. */
export async function submitAll(
  queue: PushQueue,
  changes: readonly GitChange[],
): Promise<readonly PromiseSettledResult<unknown>[]> {
  return await Promise.allSettled(changes.map((planned) => queue.submit(requestOf(planned))));
}

/** `done`, or the reason of the error. */
export function reasonsOf(results: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return results.map((result) => (result.status === "fulfilled" ? "done" : result.reason.reason));
}
