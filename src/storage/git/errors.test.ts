import { describe, expect, it } from "vitest";
import {
  GitError,
  type GitErrorReason,
  isClosed,
  isLocalDiskError,
  isMirrorDamage,
  isPushRejected,
  isTooLarge,
} from "./errors.ts";

/** Every reason, and whether the same call may succeed later without intervention. */
const RETRYABLE: Readonly<Record<GitErrorReason, boolean>> = {
  AuthenticationFailed: false,
  AccessDenied: false,
  PushForbidden: false,
  PushTooLarge: false,
  RepositoryNotFound: false,
  UnsafeRepository: false,
  HostNotFound: true,
  HostKeyRefused: false,
  ConnectionFailed: true,
  TLSFailed: false,
  Timeout: true,
  RedirectRefused: false,
  TransportNotAllowed: false,
  InvalidURL: false,
  InvalidCredentials: false,
  InvalidSSHKey: false,
  BranchNotFound: false,
  PushRejected: false,
  RefConflict: false,
  LeaseLost: true,
  InvalidChange: false,
  ObjectMissing: false,
  ObjectTooLarge: false,
  TooManyRefs: false,
  DiskLimitExceeded: false,
  MemoryLimitExceeded: true,
  RemoteTooLarge: false,
  UnusableName: false,
  BadObjects: false,
  MirrorCorrupt: true,
  DiskFull: true,
  DataDirNotWritable: true,
  Closed: false,
  Unknown: true,
};
const reasons = Object.keys(RETRYABLE) as GitErrorReason[];

describe("GitError", () => {
  it.each(Object.entries(RETRYABLE))("with the reason %s is retryable: %s", (reason, retryable) => {
    expect(new GitError(reason as GitErrorReason, "message").retryable).toBe(retryable);
  });

  it.each([
    ["isMirrorDamage", isMirrorDamage, ["ObjectMissing", "MirrorCorrupt"]],
    ["isLocalDiskError", isLocalDiskError, ["DiskFull", "DataDirNotWritable"]],
    ["isPushRejected", isPushRejected, ["PushRejected"]],
    ["isClosed", isClosed, ["Closed"]],
    ["isTooLarge", isTooLarge, ["ObjectTooLarge"]],
  ] as const)("%s holds for its reasons only", (_, predicate, expected) => {
    const matching = reasons.filter((reason) => predicate(new GitError(reason, "message")));
    expect(matching.sort()).toEqual([...expected].sort());
    expect(predicate(new Error("message"))).toBe(false);
  });
});
