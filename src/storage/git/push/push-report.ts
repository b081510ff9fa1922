import { boundText, cleanText, readRemoteMessage } from "../error-text.ts";
import { GitError } from "../errors.ts";
import { hintForRejection } from "./rejection-hints.ts";

const LOST_RACE: readonly RegExp[] = [
  /is at [0-9a-f]{40,} but expected|incorrect old value|reference already exists|stale info/,
  /Unable to create '[^']*\.lock'|unable to resolve reference/,
];

/** git's own words for `receive.maxInputSize`, which hosts set. */
const TOO_LARGE = /pack exceeds maximum allowed size/;

/** Why one ref of a rejected push did not move. */
export interface RefRejection {
  /** Full name. */
  readonly ref: string;
  /**
   * `lease`: another client moved the ref; `refused`: the remote rejected it (hook, protection); `conflict`: another
   * ref's name excludes it; `atomic`: only because another ref of the same push was rejected.
   */
  readonly kind: "lease" | "refused" | "conflict" | "atomic";
  /** One line for people, without secrets; includes the remote's own message. */
  readonly message: string;
}

/**
 * Reads the output of `git push --porcelain`: one line `!<TAB>from:to<TAB>[summary] (reason)` for each ref that was
 * rejected. Empty if no ref was, and if the remote ended without a report: then it is not known what happened.
 */
export function readRejections(stdout: string, stderr: string, secrets: readonly string[]): readonly RefRejection[] {
  const remoteMessage = readRemoteMessage(stderr, secrets);
  const text = boundText(stderr);
  const rejections: RefRejection[] = [];
  for (const line of stdout.split("\n")) {
    const [flag, refs = "", summary = ""] = line.split("\t");
    if (flag !== "!") continue;
    // `[remote failure]`: the remote received the push and ended without a report.
    if (summary.startsWith("[remote failure]")) return [];
    const ref = refs.slice(refs.indexOf(":") + 1);
    const reason = /\((.*)\)$/.exec(summary)?.[1] ?? summary;
    const message = [cleanText(reason, secrets), remoteMessage].filter((part) => part !== "").join(": ");
    rejections.push({ ref, kind: classifyRejection(ref, summary, reason, text), message });
  }
  return rejections;
}

/** The error of a request whose ref was rejected: `RefConflict`, `PushTooLarge` or `PushRejected`. */
export function rejectionError({ ref, kind, message }: RefRejection): GitError {
  if (kind === "conflict") return new GitError("RefConflict", `${ref}: ${message}`);
  if (TOO_LARGE.test(message)) return new GitError("PushTooLarge", `${ref}: ${message}`);
  const hint = hintForRejection(message);
  return new GitError("PushRejected", `${ref}: ${message}${hint === undefined ? "" : `: ${hint}`}`);
}

function classifyRejection(ref: string, summary: string, reason: string, stderr: string): RefRejection["kind"] {
  if (summary.startsWith("[rejected]")) return /atomic/.test(reason) ? "atomic" : "lease";
  if (/^atomic push fail/.test(reason)) return "atomic";
  const conflict = readConflict(stderr);
  if (conflict !== undefined) return conflict === ref ? "conflict" : "atomic";
  return isLostRace(reason) || isLostRace(stderr) ? "lease" : "refused";
}

/** True if the remote rejected a ref because another client moved it, or is moving it at this moment. */
function isLostRace(text: string): boolean {
  return LOST_RACE.some((pattern) => pattern.test(text));
}

/** The ref that the remote could not create because of another ref's name. */
function readConflict(stderr: string): string | undefined {
  for (const line of stderr.split("\n")) {
    const [, ref, cause = ""] = /cannot lock ref '([^']+)': (.*)/.exec(line) ?? [];
    const isSameTransaction = cause.includes("cannot process ") && cause.includes(" at the same time");
    if (isSameTransaction || cause.includes("exists; cannot create")) return ref;
  }
  return undefined;
}
