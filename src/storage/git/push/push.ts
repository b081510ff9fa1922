import {
  boundText,
  cleanText,
  GitError,
  interpretFailure,
  isLostRace,
  readConflict,
  readRemoteMessage,
} from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { RefUpdate } from "../objects/write-objects.ts";

export interface RefRejection {
  readonly ref: string;
  /** `lease`: someone else moved it; `refused`: the remote said no; `conflict`: another name is in its way; `atomic`: only because of another ref. */
  readonly kind: "lease" | "refused" | "conflict" | "atomic";
  readonly message: string;
}

export type PushResult =
  | { readonly kind: "pushed" }
  | { readonly kind: "rejected"; readonly perRef: readonly RefRejection[] };

/**
 * Pushes updates, all or none, each only if its ref is still what was expected; afterwards the mirror's refs are the new
 * ones. Throws `GitError` when there is no answer: then the remote may have taken the push or not.
 */
export async function push(mirror: Mirror, updates: readonly RefUpdate[]): Promise<PushResult> {
  if (updates.length === 0) return { kind: "pushed" };
  const args = [
    ...["push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-progress"],
    ...updates.map(({ ref, expect }) => `--force-with-lease=${ref}:${expect ?? ""}`),
    "origin",
    ...updates.map(({ ref, to }) => `${to ?? ""}:${ref}`),
  ];
  const result = await mirror.repository.runRemote(args, mirror.repository.settings.limits.pushMs);
  if (result.code === 0) {
    // Only git itself ends with this word: whatever else ended well in its place has pushed nothing.
    if (!/^Done$/m.test(result.stdout.toString())) throw new GitError("Unknown", "git push ended without a report");
    await mirror.adopt(updates);
    return { kind: "pushed" };
  }
  const perRef = readRejections(result.stdout.toString(), result.stderr, mirror.repository.secrets);
  if (perRef.length === 0) {
    const error = interpretFailure(result.stderr, mirror.repository.secrets);
    if (error.reason === "AuthenticationFailed") mirror.refuseAccess(error);
    throw error;
  }
  return { kind: "rejected", perRef };
}

/** Reads `git push --porcelain`: a line `!<TAB>from:to<TAB>[summary] (reason)` for each ref that did not go through. */
export function readRejections(stdout: string, stderr: string, secrets: readonly string[]): RefRejection[] {
  const remote = readRemoteMessage(stderr, secrets);
  const text = boundText(stderr);
  const rejections: RefRejection[] = [];
  for (const line of stdout.split("\n")) {
    const [flag, refs = "", summary = ""] = line.split("\t");
    if (flag !== "!") continue;
    // `[remote failure]`: the remote took the push and ended without a report. Nobody knows; so nobody is refused.
    if (summary.startsWith("[remote failure]")) return [];
    const ref = refs.slice(refs.indexOf(":") + 1);
    const reason = /\((.*)\)$/.exec(summary)?.[1] ?? summary;
    const kind = classify(ref, summary, reason, text);
    const told = cleanText(reason, secrets);
    rejections.push({ ref, kind, message: remote === "" ? told : `${told}: ${remote}` });
  }
  return rejections;
}

function classify(ref: string, summary: string, reason: string, stderr: string): RefRejection["kind"] {
  if (summary.startsWith("[rejected]")) return /atomic/.test(reason) ? "atomic" : "lease";
  if (/^atomic push fail/.test(reason)) return "atomic";
  const conflict = readConflict(stderr);
  if (conflict !== undefined) return conflict === ref ? "conflict" : "atomic";
  return isLostRace(reason) || isLostRace(stderr) ? "lease" : "refused";
}

/** The error a refused request gets. */
export function rejectionError(rejection: RefRejection): GitError {
  const reason = rejection.kind === "conflict" ? "RefConflict" : "PushRejected";
  return new GitError(reason, `${rejection.ref}: ${rejection.message}`);
}
