import { GitError, isAccessRefused } from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { RefUpdate } from "../objects/write-objects.ts";
import { interpretPushFailure } from "../push-failure.ts";
import { type RefRejection, readRejections } from "./push-report.ts";

export type PushResult =
  | { readonly kind: "pushed" }
  /** No ref moved. At least one rejection. */
  | { readonly kind: "rejected"; readonly rejections: readonly RefRejection[] };

/**
 * Runs one `git push`: all updates or none (`--atomic`), each only if the remote's ref still is `update.expect`
 * (`--force-with-lease`). After a success the mirror's refs are the pushed ones.
 *
 * Throws `GitError` if the remote sent no report: `AuthenticationFailed` and `PushForbidden` (also recorded in the
 * mirror), `PushTooLarge`, `Timeout` after `limits.pushMs`, `ConnectionFailed`, `Unknown` and others. The remote may
 * have applied such a push.
 */
export async function push(mirror: Mirror, updates: readonly RefUpdate[]): Promise<PushResult> {
  if (updates.length === 0) return { kind: "pushed" };
  const args = [
    ...["push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-progress"],
    ...updates.map(({ ref, expect }) => `--force-with-lease=${ref}:${expect ?? ""}`),
    "origin",
    ...updates.map(({ ref, to }) => `${to ?? ""}:${ref}`),
  ];
  const { secrets, settings } = mirror.repository;
  const result = await mirror.repository.runRemote(args, settings.limits.pushMs);
  const stdout = result.stdout.toString();
  if (result.code === 0) {
    // Only git prints this line: another program in its place that exits with 0 has pushed nothing.
    if (!/^Done$/m.test(stdout)) throw new GitError("Unknown", "git push ended without a report");
    await mirror.recordPush(updates);
    return { kind: "pushed" };
  }
  const rejections = readRejections(stdout, result.stderr, secrets);
  if (rejections.length > 0) return { kind: "rejected", rejections };
  const error = interpretPushFailure(result.stderr, secrets);
  if (isAccessRefused(error)) mirror.recordAccessRefused(error);
  throw error;
}
