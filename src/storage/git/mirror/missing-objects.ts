import { GitError, type GitErrorReason } from "../errors.ts";

/** Object ids that a message names. */
const MAX_NAMED = 3;
const MISSING =
  /(?:unable to read|missing (?:blob|tree|commit|tag) object|(?:bad|missing|unadvertised|expected) object|not our ref) '?([0-9a-f]{64}|[0-9a-f]{40})\b/g;
const REASONS: ReadonlySet<GitErrorReason> = new Set(["BadObjects", "ObjectMissing", "MirrorCorrupt"]);

/** The error of a fetch, with the objects that the remote lacks if its or git's messages name some. */
export function namingMissingObjects(error: GitError, stderr: string): GitError {
  if (!REASONS.has(error.reason)) return error;
  const oids = [...new Set([...stderr.matchAll(MISSING)].map(([, oid = ""]) => oid))];
  const unnamed = oids.slice(0, MAX_NAMED).filter((oid) => !error.message.includes(oid));
  if (unnamed.length === 0) return error;
  const what = unnamed.length > 1 ? "objects" : "object";
  return new GitError(error.reason, `the remote cannot send ${what} ${unnamed.join(", ")}: ${error.message}`);
}
