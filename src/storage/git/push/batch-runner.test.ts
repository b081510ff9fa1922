import { describe, expect, it } from "vitest";
import { GitError, type GitErrorReason } from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { requestOf } from "../testing/push-fixtures.ts";
import { BatchRunner } from "./batch-runner.ts";

/**
 * Attempts to push two requests whose pushes always fail with this reason. 1: all requests fail at once; 2 and 3: also,
 * after as many attempts; 3 (`split`): the batch is halved to find the request at fault; 9: both.
 */
const ATTEMPTS: Partial<Readonly<Record<GitErrorReason, number>>> = {
  // They concern the remote as a whole.
  AuthenticationFailed: 1,
  AccessDenied: 1,
  PushForbidden: 1,
  RepositoryNotFound: 1,
  HostKeyRefused: 1,
  TLSFailed: 1,
  RedirectRefused: 1,
  // The requests have waited as long as a push may take.
  Timeout: 1,
  // May pass: three attempts, then all requests fail.
  ConnectionFailed: 3,
  HostNotFound: 3,
  DiskFull: 3,
  DataDirNotWritable: 3,
  RemoteTooLarge: 3,
  // One of the requests may be at fault: one attempt together, one alone for each.
  InvalidChange: 3,
  PushRejected: 3,
  RefConflict: 3,
  BadObjects: 3,
  ObjectMissing: 3,
  // May pass, and one of the requests may be at fault: three attempts together, three alone for each.
  Unknown: 9,
};

/** Runs two requests whose pushes fail; returns the number of attempts and the results. */
async function runFailing(reason: GitErrorReason, isDamaged = false) {
  let attempts = 0;
  const mirror = {
    refs: () => new Map(),
    refusedRefs: () => new Map(),
    findConflict: () => undefined,
    checkAccess: () => {
      attempts++;
      throw new GitError(reason, "message");
    },
    isDamagedBy: async () => isDamaged,
    reportDamage: () => {},
  };
  const runner = new BatchRunner({
    mirror: mirror as unknown as Mirror,
    committer: { name: "pkgserver", email: "pkgserver@example.com" },
    now: () => new Date(),
    maxTries: 10,
    fetch: async () => {},
    defer: () => {},
    isClosed: () => false,
  });
  const reasons: string[] = [];
  const request = () => ({
    ...requestOf({ steps: [], claims: [] }),
    arrivedAt: 0,
    resolve: () => void reasons.push("done"),
    reject: (error: unknown) => void reasons.push(error instanceof GitError ? error.reason : "none"),
  });
  await runner.run([request(), request()]);
  return { attempts, reasons };
}

describe("BatchRunner", () => {
  it.each(Object.entries(ATTEMPTS))(
    "fails two requests after a push failed with %s: %s attempts",
    async (reason, attempts) => {
      expect(await runFailing(reason as GitErrorReason)).toEqual({ attempts, reasons: [reason, reason] });
    },
  );

  it("attempts one push after a damaged mirror was cloned again", async () => {
    expect(await runFailing("ObjectMissing", true)).toEqual({
      attempts: 2,
      reasons: ["MirrorCorrupt", "MirrorCorrupt"],
    });
  });
});
