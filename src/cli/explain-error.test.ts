import { describe, expect, it } from "vitest";
import { ApiError, ConnectionError } from "../kube/client/errors.ts";
import { explainError, stripBoilerplate } from "./explain-error.ts";

const api = (code: number, reason: string, message: string) => new ApiError({ code, reason, message });

describe("stripBoilerplate", () => {
  it.each([
    [
      "packagerevisions.pkg.pkgserver.dev \"a\" is forbidden: ValidatingAdmissionPolicy 'pkgserver-approval' with " +
        "binding 'pkgserver-approval' denied request: user carol may not approve",
      "user carol may not approve",
    ],
    ['admission webhook "a.b" denied the request: no: really', "no: really"],
    [
      'packagerevisions.pkg.pkgserver.dev is forbidden: User "dave" cannot list resource "packagerevisions" in API',
      'User "dave" cannot list resource "packagerevisions" in API',
    ],
    [
      'PackageRevisionResources.pkg.pkgserver.dev "a" is invalid: spec: Invalid value: "object": the contents are frozen',
      "spec: the contents are frozen",
    ],
    [
      'PackageRevision.pkg.pkgserver.dev "a" is invalid: spec.packageRevID: Forbidden: packageRevID.target is immutable',
      "spec.packageRevID: packageRevID.target is immutable",
    ],
    ["etcdserver: request is too large", "etcdserver: request is too large"],
  ])("%s", (message, expected) => {
    expect(stripBoilerplate(message)).toBe(expected);
  });
});

describe("explainError", () => {
  it.each([
    ["notFound", api(404, "NotFound", 'repositories.config.pkg.pkgserver.dev "a" not found')],
    ["error", api(404, "Unknown", "HTTP 404: 404 page not found")],
    ["conflict", api(409, "Conflict", "the object has been modified")],
    ["refused", api(401, "Unauthorized", "Unauthorized")],
    ["refused", api(403, "Forbidden", "no")],
    ["refused", api(422, "Invalid", "no")],
    ["usage", api(400, "BadRequest", "unable to parse requirement")],
    ["error", api(500, "InternalError", "no")],
    ["error", new ConnectionError("ECONNREFUSED")],
    ["error", new Error("anything")],
  ] as const)("%s: %s", (failure, error) => {
    expect(explainError(error)).toMatchObject({ name: "CliError", failure });
  });

  it.each([
    ["notFound", "ENOENT", 'there is no "a\\nb"'],
    ["error", "EACCES", 'you may not read or write "a\\nb": EACCES'],
    ["usage", "ENOTDIR", '"a\\nb" is no folder'],
    ["error", "EIO", "EIO: bad"],
  ] as const)("%s: a file of the user, %s", (failure, code, message) => {
    const error = Object.assign(new Error(`${code}: bad`), { code, path: "a\nb" });
    expect(explainError(error)).toMatchObject({ failure, message });
  });

  it("shows no control characters of a message", () => {
    expect(explainError(api(403, "Forbidden", "a\u001b[2Jb")).message).toBe(String.raw`a\u{1b}[2Jb`);
  });
});
