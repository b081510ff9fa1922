import { describe, expect, it } from "vitest";
import {
  ApiError,
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
  isTransient,
  parseApiError,
  statusToError,
} from "./errors.ts";

const status = (fields: object) => JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", ...fields });

describe("kube/errors", () => {
  it("reads a Status, with its causes", () => {
    const causes = [{ reason: "FieldValueInvalid", message: "too long", field: "spec.ref" }];
    const body = status({ message: "x is invalid", reason: "Invalid", code: 422, details: { causes } });
    expect(parseApiError(422, body)).toMatchObject({ code: 422, reason: "Invalid", message: "x is invalid", causes });
  });

  it.each([
    ["<html>Bad Gateway</html>", "HTTP 502: <html>Bad Gateway</html>"],
    ["", "HTTP 502"],
    ["null", "HTTP 502: null"],
    [`{"kind":"Other"}`, `HTTP 502: {"kind":"Other"}`],
    [status({}), "HTTP 502"],
    ["x".repeat(10_000), `HTTP 502: ${"x".repeat(512)}`],
  ])("makes an error of any body: %.30s", (body, message) => {
    expect(parseApiError(502, body)).toMatchObject({ code: 502, reason: "Unknown", message });
  });

  it("takes the time to wait from the header, else from the Status", () => {
    const body = status({ code: 429, details: { retryAfterSeconds: 7 } });
    expect(parseApiError(429, body, "3").retryAfterSeconds).toBe(3);
    expect(parseApiError(429, body).retryAfterSeconds).toBe(7);
    expect(parseApiError(429, "", "Mon, 23 Nov 2026 00:00:00 GMT").retryAfterSeconds).toBeUndefined();
  });

  it("tells errors apart", () => {
    const error = (code: number, reason = "Unknown") => new ApiError({ code, reason, message: "" });
    expect(isNotFound(error(404))).toBe(true);
    expect(isConflict(error(409, "Conflict"))).toBe(true);
    expect(isConflict(error(409, "AlreadyExists"))).toBe(false);
    expect(isAlreadyExists(error(409, "AlreadyExists"))).toBe(true);
    expect(isForbidden(error(403))).toBe(true);
    expect(isInvalid(error(422))).toBe(true);
    expect(isNotFound(new Error("404"))).toBe(false);
    expect([429, 500, 503].map((code) => isTransient(error(code)))).toEqual([true, true, true]);
    expect(isTransient(new ConnectionError("refused"))).toBe(true);
    expect([400, 403, 404, 409, 422].some((code) => isTransient(error(code)))).toBe(false);
  });

  it("knows a resource version that is too old, or from the future", () => {
    expect(isExpired(statusToError({ code: 410, reason: "Expired" }))).toBe(true);
    const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
    expect(isExpired(statusToError({ code: 504, reason: "Timeout", details: { causes } }))).toBe(true);
    expect(isExpired(statusToError({ code: 504, reason: "Timeout" }))).toBe(false);
  });
});
