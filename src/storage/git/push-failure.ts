import { interpretFailure } from "./error-patterns.ts";
import { readRemoteMessage } from "./error-text.ts";
import { GitError } from "./errors.ts";

/**
 * The error for a `git push` that ended without a report. Where reading is refused with 403 the reason is
 * `AccessDenied`, where pushing is, `PushForbidden`: mostly the remote may be read with the same credentials. Hosts say
 * more in lines of their own than git does.
 */
export function interpretPushFailure(stderr: string, secrets: readonly string[] = []): GitError {
  const error = interpretFailure(stderr, secrets);
  if (error.reason !== "AccessDenied" && error.reason !== "PushForbidden") return error;
  const words = readRemoteMessage(stderr, secrets) || error.message;
  return new GitError(
    "PushForbidden",
    `the remote takes no push from these credentials: ${words}: give their user, token or key the right to write`,
  );
}
