import { describe, expect, it } from "vitest";
import {
  ApiError,
  ConnectionError,
  ignoreNotFound,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isRefused,
  isTransient,
  parseApiError,
  statusToError,
} from "./errors.ts";

const status = (fields: object) => JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", ...fields });

const apiError = (code: number, reason = "Unknown") => new ApiError({ code, reason, message: "" });

describe("parseApiError", () => {
  it("reads a Status with its causes", () => {
    const causes = [{ reason: "FieldValueInvalid", message: "too long", field: "spec.ref" }];
    const body = status({ message: "x is invalid", reason: "Invalid", code: 422, details: { causes } });
    expect(parseApiError(400, body)).toMatchObject({ code: 422, reason: "Invalid", message: "x is invalid", causes });
  });

  it.each([
    ["<html>Bad Gateway</html>", "HTTP 502: <html>Bad Gateway</html>"],
    ["", "HTTP 502"],
    [" \n", "HTTP 502"],
    ["null", "HTTP 502: null"],
    ["[]", "HTTP 502: []"],
    [`{"kind":"Other"}`, `HTTP 502: {"kind":"Other"}`],
    [status({}), "HTTP 502"],
    [status({ message: "", reason: "" }), "HTTP 502"],
    [status({ message: 1, reason: 2, code: "3", details: [] }), "HTTP 502"],
    [status({ details: { causes: {}, retryAfterSeconds: "1" } }), "HTTP 502"],
    ["x".repeat(10_000), `HTTP 502: ${"x".repeat(512)}`],
  ])("converts any body: %.30s", (body, message) => {
    const error = parseApiError(502, body);
    expect(error).toMatchObject({ name: "ApiError", code: 502, reason: "Unknown", message, causes: [] });
    expect(error.retryAfterSeconds).toBeUndefined();
  });

  it("takes the delay from the header, otherwise from the Status", () => {
    const body = status({ code: 429, details: { retryAfterSeconds: 7 } });
    expect(parseApiError(429, body, { retryAfter: "3" }).retryAfterSeconds).toBe(3);
    expect(parseApiError(429, body).retryAfterSeconds).toBe(7);
    expect(parseApiError(429, body, { retryAfter: "0" }).retryAfterSeconds).toBe(0);
    expect(parseApiError(429, body, { retryAfter: "-1" }).retryAfterSeconds).toBe(7);
    expect(parseApiError(429, "", { retryAfter: "3" }).retryAfterSeconds).toBe(3);
    expect(parseApiError(429, "", { retryAfter: "Mon, 23 Nov 2026 00:00:00 GMT" }).retryAfterSeconds).toBeUndefined();
  });

  it("ignores causes that are no objects", () => {
    const body = status({ details: { causes: ["text", null, { field: "a" }] } });
    expect(parseApiError(422, body).causes).toEqual([{ field: "a" }]);
  });
});

describe("statusToError", () => {
  it.each([undefined, null, "text", []])("converts %j, which is no Status, to an error of the server", (value) => {
    expect(statusToError(value)).toMatchObject({ code: 500, reason: "Unknown", message: "HTTP 500" });
  });
});

describe("predicates of errors", () => {
  const predicates = { isNotFound, isAlreadyExists, isConflict, isForbidden, isInvalid, isExpired, isTransient };

  it.each([
    [apiError(400), []],
    [apiError(403), ["isForbidden"]],
    [apiError(404), ["isNotFound"]],
    [apiError(409, "Conflict"), ["isConflict"]],
    [apiError(409, "AlreadyExists"), ["isAlreadyExists"]],
    [apiError(410), ["isExpired"]],
    [apiError(422), ["isInvalid"]],
    [apiError(429), ["isTransient"]],
    [apiError(499), []],
    [apiError(500), ["isTransient"]],
    [apiError(503), ["isTransient"]],
    [apiError(500, "AlreadyExists"), ["isTransient"]],
    [new ConnectionError("refused"), ["isTransient"]],
    [Object.assign(new Error("404"), { code: 404 }), []],
    [undefined, []],
  ] as const)("hold for %s only as expected", (error, expected) => {
    const holding = Object.entries(predicates).flatMap(([name, predicate]) => (predicate(error) ? [name] : []));
    expect(holding).toEqual(expected);
  });

  it("know a resource version that is too old, or from the future", () => {
    expect(isExpired(statusToError({ code: 410, reason: "Expired" }))).toBe(true);
    const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
    expect(isExpired(statusToError({ code: 504, reason: "Timeout", details: { causes } }))).toBe(true);
    expect(isExpired(statusToError({ code: 504, reason: "Timeout" }))).toBe(false);
    expect(isExpired(statusToError({ code: 504, details: { causes: [{ reason: "Other" }] } }))).toBe(false);
  });
});

describe("ConnectionError", () => {
  it("has a name and a cause, and says if the time limit passed", () => {
    const cause = new Error("socket");
    expect(new ConnectionError("x", { cause })).toMatchObject({ name: "ConnectionError", timedOut: false, cause });
    expect(new ConnectionError("x", { timedOut: true }).timedOut).toBe(true);
  });
});

describe("ignoreNotFound", () => {
  it("returns the result, undefined for NotFound, and rejects with any other error", async () => {
    expect(await ignoreNotFound(Promise.resolve("found"))).toBe("found");
    expect(await ignoreNotFound(Promise.reject(apiError(404)))).toBeUndefined();
    await expect(ignoreNotFound(Promise.reject(apiError(403)))).rejects.toMatchObject({ code: 403 });
  });
});

const causes = [{ reason: "NamespaceTerminating", field: "metadata.namespace" }];
const inTerminatingNamespace = new ApiError({ code: 403, reason: "Forbidden", message: "terminated", causes });

describe("isNamespaceTerminating", () => {
  it("is true only for what the namespace's deletion forbids", () => {
    expect(isNamespaceTerminating(inTerminatingNamespace)).toBe(true);
    expect(isNamespaceTerminating(apiError(403, "Forbidden"))).toBe(false);
    expect(isNamespaceTerminating(new ApiError({ code: 409, reason: "Conflict", message: "", causes }))).toBe(false);
  });
});

describe("isRefused", () => {
  it.each([
    [400, "BadRequest"],
    [403, "Forbidden"],
    [413, "RequestEntityTooLarge"],
    [422, "Invalid"],
  ])("is true for %i %s, which only a person can change", (code, reason) => {
    expect(isRefused(apiError(code, reason))).toBe(true);
  });

  it.each([
    ["a conflict", apiError(409, "Conflict")],
    ["an object that exists", apiError(409, "AlreadyExists")],
    ["an object that is gone", apiError(404, "NotFound")],
    ["a token that has expired", apiError(401, "Unauthorized")],
    ["too many requests", apiError(429, "TooManyRequests")],
    ["a failure of the server", apiError(500, "InternalError")],
    ["a namespace that is being deleted", inTerminatingNamespace],
    ["no answer", new ConnectionError("refused")],
    ["no error of the API server", new Error("x")],
  ])("is false for %s", (_, error) => {
    expect(isRefused(error)).toBe(false);
  });
});
