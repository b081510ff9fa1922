import { PUSH_FORBIDDEN, PUSH_REJECTED } from "../../api/v1alpha1/package-revision-status.ts";

export type GitErrorReason =
  | "AuthenticationFailed"
  /** The credentials are known, and may not read. */
  | "AccessDenied"
  /** The credentials may not push. */
  | typeof PUSH_FORBIDDEN
  /** The server, or a proxy before it, takes no request or pack of this size. */
  | "PushTooLarge"
  | "RepositoryNotFound"
  /** A repository on this machine that leads to other folders, or is in the operator's own. */
  | "UnsafeRepository"
  | "HostNotFound"
  | "HostKeyRefused"
  | "ConnectionFailed"
  | "TLSFailed"
  | "Timeout"
  | "RedirectRefused"
  | "TransportNotAllowed"
  | "InvalidURL"
  | "InvalidCredentials"
  /** ssh cannot use the private key: it is damaged, encrypted, or no private key. */
  | "InvalidSSHKey"
  | "BranchNotFound"
  /** A hook or a branch protection of the remote rejected the push. */
  | typeof PUSH_REJECTED
  /** Git cannot hold the ref beside another ref, or a tag of this name exists. */
  | "RefConflict"
  /** The remote's refs moved during every attempt to push. */
  | "LeaseLost"
  /** The change itself cannot be written, for example because of a file name. */
  | "InvalidChange"
  | "ObjectMissing"
  | "ObjectTooLarge"
  /** The remote lists more branches and tags than the limits allow. */
  | "TooManyRefs"
  /** The mirror, or all mirrors of its namespace, would take more of the disk than the limits allow. */
  | "DiskLimitExceeded"
  /** All git processes together used more memory than the limits allow, and this one the most. */
  | "MemoryLimitExceeded"
  /** The remote sends more objects or messages than the limits allow. */
  | "RemoteTooLarge"
  /** The name of a file holds a secret. */
  | "UnusableName"
  /** The remote sent objects that fail git's fsck checks. */
  | "BadObjects"
  | "MirrorCorrupt"
  /** The volume of the mirrors has no free bytes or inodes. */
  | "DiskFull"
  /** The mirrors' directory is on a read-only volume or belongs to another user. */
  | "DataDirNotWritable"
  | "Closed"
  | "Unknown";

const RETRYABLE_REASONS: ReadonlySet<string> = new Set<GitErrorReason>([
  "HostNotFound",
  "ConnectionFailed",
  "Timeout",
  "LeaseLost",
  "MirrorCorrupt",
  "DiskFull",
  "DataDirNotWritable",
  "MemoryLimitExceeded",
  "Unknown",
]);

/**
 * The only error that this folder throws on purpose. `message` is one short line for people and contains no secret.
 * `retryable`: the same call may succeed later without anyone's intervention.
 */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly reason: GitErrorReason;
  readonly retryable: boolean;

  constructor(reason: GitErrorReason, message: string) {
    super(message);
    this.reason = reason;
    this.retryable = isRetryable(reason);
  }
}

/** True if a call that failed with this reason may succeed later without anyone's intervention. */
export function isRetryable(reason: string): boolean {
  return RETRYABLE_REASONS.has(reason);
}

/**
 * True if the mirror lacks an object or is corrupt. An object that a ref leads to is missing only if the mirror is
 * damaged.
 */
export function isMirrorDamage(error: unknown): boolean {
  return hasReason(error, "ObjectMissing", "MirrorCorrupt");
}

/** True if the volume of the mirrors is full or not writable. */
export function isLocalDiskError(error: unknown): boolean {
  return hasReason(error, "DiskFull", "DataDirNotWritable");
}

/** True if the remote refused the credentials, altogether or for what was asked. */
export function isAccessRefused(error: unknown): error is GitError {
  return hasReason(error, "AuthenticationFailed", "AccessDenied", PUSH_FORBIDDEN);
}

export function isPushRejected(error: unknown): error is GitError {
  return hasReason(error, PUSH_REJECTED);
}

/** True if the mirror was closed during the call: not a failure to report. */
export function isClosed(error: unknown): boolean {
  return hasReason(error, "Closed");
}

/** True if the remote, or the mirrors of its namespace, are above a limit that an administrator sets. */
export function isAboveLimit(error: unknown): boolean {
  return hasReason(error, "TooManyRefs", "DiskLimitExceeded");
}

/** True if an object, a folder or a package is above the limits: other objects of the mirror can be read. */
export function isTooLarge(error: unknown): boolean {
  return hasReason(error, "ObjectTooLarge");
}

function hasReason(error: unknown, ...reasons: readonly GitErrorReason[]): error is GitError {
  return error instanceof GitError && reasons.includes(error.reason);
}

/**
 * True if the remote may have applied the request although its answer is lost. That includes `RemoteTooLarge`: the
 * answer was cut off, as that of a broken connection.
 */
export function isUnanswered(error: unknown): boolean {
  return error instanceof GitError && (error.retryable || error.reason === "RemoteTooLarge");
}
