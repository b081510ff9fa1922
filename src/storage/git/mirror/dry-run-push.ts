import type { Oid } from "../../../core/identity/oid.ts";
import { interpretPushFailure } from "../push-failure.ts";
import type { BareRepository } from "./bare-repository.ts";

/** What a remote has under a name: this very object, no ref, or another object. */
export type WriteSideRef = "same" | "absent" | "other";

const FLAGS: Readonly<Record<string, WriteSideRef>> = { "=": "same", "*": "absent" };

/**
 * Compares refs with those of the remote, as a push would find them: not every server reads where it writes.
 * `undefined` instead of an object asks for no comparison, only whether the remote takes pushes. Pushes nothing. Starts
 * a git process. Throws `GitError`, as a push: `PushForbidden` where the credentials may only read.
 */
export async function dryRunPush(
  repository: BareRepository,
  refs: ReadonlyMap<string, Oid | undefined>,
): Promise<ReadonlyMap<string, WriteSideRef>> {
  const args = ["push", "--dry-run", "--porcelain", "--no-verify", "--no-follow-tags", "--no-progress", "origin"];
  const names = [...refs].map(([ref, oid]) => `${oid ?? ""}:${ref}`);
  const { secrets, settings } = repository;
  const { code, stdout, stderr } = await repository.runRemote([...args, ...names], settings.limits.listMs);
  const found = new Map<string, WriteSideRef>();
  for (const line of stdout.toString().split("\n")) {
    const [flag = "", names, summary] = line.split("\t");
    if (names !== undefined && summary !== undefined) {
      found.set(names.slice(names.indexOf(":") + 1), FLAGS[flag] ?? "other");
    }
  }
  if (code !== 0 && found.size === 0) throw interpretPushFailure(stderr, secrets);
  return found;
}
