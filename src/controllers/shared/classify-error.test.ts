import { describe, expect, it } from "vitest";
import { JsonTooDeepError } from "../../core/identity/canonical-json.ts";
import { ApiError, ConnectionError } from "../../kube/client/errors.ts";
import { TerminalError } from "../../runtime/reconcile.ts";
import { GitError } from "../../storage/git/errors.ts";
import { classifyError, retryDecisionOf } from "./classify-error.ts";
import { StalledError } from "./stalled-error.ts";

const quietBackoff = { kind: "backoff", quiet: true };
const apiError = (code: number, reason: string) => new ApiError({ code, reason, message: "from the API server" });
const inTerminatingNamespace = new ApiError({
  code: 403,
  reason: "Forbidden",
  message: "it is being terminated",
  causes: [{ reason: "NamespaceTerminating" }],
});
const stalled = (retry: "backoff" | "never") => new StalledError({ reason: "SecretNotFound", retry }, "no Secret");

describe("classifyError", () => {
  it.each([
    ["a conflict", apiError(409, "Conflict")],
    ["an object that is gone", apiError(404, "NotFound")],
    ["a namespace that is being deleted", inTerminatingNamespace],
    ["a mirror that is closed", new GitError("Closed", "closed")],
  ])("retries %s without a condition or an Event", (_, error) => {
    expect(classifyError(error)).toEqual({ retry: quietBackoff });
  });

  it.each([
    ["a remote that does not answer", new GitError("ConnectionFailed", "refused"), "reconciling"],
    ["a wrong password", new GitError("AuthenticationFailed", "no"), "stalled"],
    ["a push that the remote rejects", new GitError("PushRejected", "a hook"), "stalled"],
    ["a Secret that is missing", stalled("backoff"), "stalled"],
  ] as const)("reports %s under its own reason, and retries with backoff", (_, error, state) => {
    const { reason, message } = error;
    expect(classifyError(error)).toEqual({
      readiness: { state, reason, message },
      retry: quietBackoff,
    });
  });

  it.each(["DiskFull", "DataDirNotWritable"] as const)("retries %s at a fixed interval", (reason) => {
    expect(classifyError(new GitError(reason, "no space"))).toMatchObject({
      readiness: { state: "reconciling", reason },
      retry: { kind: "after", ms: 5_000, quiet: true },
    });
  });

  it.each(["TooManyRefs", "DiskLimitExceeded"] as const)("asks a remote that is refused as %s rarely", (reason) => {
    expect(classifyError(new GitError(reason, "at most 5"))).toMatchObject({
      readiness: { state: "stalled", reason },
      retry: { kind: "after", ms: 300_000, quiet: true },
    });
  });

  it("does not retry before the object changes where nothing else can resolve the error", () => {
    const retry = { kind: "never" };
    expect(classifyError(stalled("never"))).toMatchObject({ readiness: { reason: "SecretNotFound" }, retry });
    expect(classifyError(new JsonTooDeepError())).toMatchObject({
      readiness: { state: "stalled", reason: "MetadataTooLarge" },
      retry,
    });
  });

  it("reports what the API server refuses with its words and the request, and retries with backoff", () => {
    const request = "POST /apis/pkg.pkgserver.dev/v1alpha1/namespaces/team/packagerevisionresourceses";
    const error = new ApiError({ code: 403, reason: "Forbidden", message: "exceeded quota: objects", request });
    expect(classifyError(error)).toEqual({
      readiness: {
        state: "stalled",
        reason: "APIRequestRefused",
        message: `the API server refuses what the operator needs (${request}): exceeded quota: objects`,
      },
      retry: quietBackoff,
    });
  });

  it.each([
    ["another answer of the API server", apiError(500, "InternalError"), "from the API server"],
    ["no answer of the API server", new ConnectionError("PUT /x: reset"), "PUT /x: reset"],
    ["a bug", new TypeError("x is undefined"), "TypeError"],
    ["a value that is no error", "text", "a value that is no Error"],
  ])("reports %s as unexpected, and retries with backoff and a line in the log", (_, error, message) => {
    expect(classifyError(error)).toEqual({
      readiness: { state: "reconciling", reason: "ReconcileFailed", message: expect.stringContaining(message) },
      retry: { kind: "backoff" },
    });
    expect(retryDecisionOf(error)).toEqual({ kind: "backoff" });
  });

  it("repeats no text that was not written for the user", () => {
    const error = new TypeError("Basic cGtnczpodW50ZXIy");
    expect(JSON.stringify(classifyError(error))).not.toContain("cGtnczpodW50ZXIy");
  });

  it("does not retry what says that a retry does not help", () => {
    expect(classifyError(new TerminalError("wrong"))).toMatchObject({
      readiness: { state: "stalled", reason: "ReconcileFailed" },
      retry: { kind: "never" },
    });
  });
});
