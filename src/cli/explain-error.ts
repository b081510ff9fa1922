import { ApiError, ConnectionError } from "../kube/client/errors.ts";
import { CliError } from "./cli-error.ts";
import type { Failure } from "./exit-codes.ts";
import { printable } from "./output/printable.ts";

/** What a user sees of an error of the API server, or any other. */
export function explainError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ConnectionError) {
    return new CliError("error", `the API server does not answer: ${printable(error.message)}`, [
      "to see the address and credentials that are used: kubectl config view --minify",
    ]);
  }
  if (error instanceof ApiError) return explainApiError(error);
  if (isFileError(error)) return explainFileError(error);
  if (error instanceof TypeError || error instanceof RangeError) {
    return new CliError("error", `the API server's answer is not understood: ${printable(error.message)}`, [
      "if it is a Kubernetes API server with this version of pkgserver, please report it as a bug of this program",
    ]);
  }
  return new CliError("error", printable(error instanceof Error ? error.message : String(error)));
}

function isFileError(error: unknown): error is NodeJS.ErrnoException & { readonly path: string } {
  return error instanceof Error && "code" in error && "path" in error && typeof error.path === "string";
}

/** Of a file or folder of the user. */
function explainFileError({ code, path, message }: NodeJS.ErrnoException): CliError {
  const file = JSON.stringify(path);
  switch (code) {
    case "ENOENT":
      return new CliError("notFound", `there is no ${file}`);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new CliError("error", `you may not read or write ${file}: ${code}`);
    case "ENOTDIR":
      return new CliError("usage", `${file} is no folder`);
    default:
      return new CliError("error", printable(message));
  }
}

function explainApiError(error: ApiError): CliError {
  if (error.code === 401) {
    return new CliError("refused", "the API server does not accept the credentials", [
      "to see as whom you are known: kubectl auth whoami",
    ]);
  }
  // Without a Status, the API server knows no such resource.
  if (error.code === 404 && error.reason !== "NotFound") return noKinds();
  if (error.code === 404 && error.message.includes("could not find the requested resource")) return noKinds();
  const hints = isMissingRight(error) ? ["to see what you may do: kubectl auth can-i --list"] : [];
  return new CliError(failureOf(error), printable(stripBoilerplate(error.message)), hints);
}

function noKinds(): CliError {
  return new CliError("error", "this cluster has no pkgserver: the API server does not know its kinds", [
    "another cluster is used with --context; docs/installation.md says how to install it",
  ]);
}

function failureOf({ code }: ApiError): Failure {
  if (code === 404) return "notFound";
  if (code === 409) return "conflict";
  // A selector that cannot be parsed, for example.
  if (code === 400) return "usage";
  return code === 403 || code === 405 || code === 413 || code === 422 ? "refused" : "error";
}

function isMissingRight({ code, message }: ApiError): boolean {
  return code === 403 && /: User "[^"]*" cannot /.test(message);
}

/**
 * The part of a refusal that says something: of a policy's, its own message; of a validation's, the field and the rule;
 * of a missing right, who may not do what.
 */
export function stripBoilerplate(message: string): string {
  const policy = /ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request: (.*)$/s.exec(message);
  if (policy !== null) return policy[1] ?? message;
  const webhook = /admission webhook "[^"]*" denied the request: (.*)$/s.exec(message);
  if (webhook !== null) return webhook[1] ?? message;
  const right = /is forbidden: (User "[^"]*" cannot .*)$/s.exec(message);
  if (right !== null) return right[1] ?? message;
  const invalid = /^[\w.]+ "[^"]*" is invalid: (.*)$/s.exec(message);
  if (invalid !== null) return stripInvalid(invalid[1] ?? message);
  return message;
}

/** `spec: Invalid value: "object": the contents are frozen` → `spec: the contents are frozen`. */
function stripInvalid(text: string): string {
  const rule = /^([\w.[\]"-]+): (?:Forbidden|Invalid value: "(?:[^"\\]|\\.)*"|Invalid value: [^:]*): (.*)$/s.exec(text);
  return rule === null ? text : `${rule[1]}: ${rule[2]}`;
}
