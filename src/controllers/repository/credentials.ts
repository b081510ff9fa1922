import type { RemoteUrl } from "../../core/identity/url.ts";
import type { RemoteAccess, RemoteCredentials } from "../../storage/git/exec/remote-access.ts";
import type { Secret } from "../shared/kinds.ts";
import { StalledError } from "../shared/stalled-error.ts";
import { decode, type SecretKey, sizeOf, tooLargeValue } from "./secret-values.ts";

/** A Secret that is missing or cannot be used. The message contains none of its values. */
export class CredentialsError extends StalledError {
  override readonly name = "CredentialsError";

  constructor(reason: "SecretNotFound" | "SecretTooLarge" | "InvalidCredentials" | "HostNotAllowed", message: string) {
    super({ reason, retry: "backoff" }, message);
  }
}

/**
 * Parses the credentials and the CA certificate of a Secret. Throws `CredentialsError`, also for a value of more than
 * `maxBytes` bytes that it needs; other values are not even decoded.
 */
export function readCredentials(secret: Secret, maxBytes: number): Pick<RemoteAccess, "credentials" | "caCertificate"> {
  const value = (key: SecretKey) => readValue(secret, key, maxBytes);
  const caCertificate = value("ca.crt");
  const credentials = credentialsOf(secret, value);
  if (credentials === undefined && caCertificate === undefined) throw invalid(secret, "username and password");
  return {
    ...(credentials !== undefined && { credentials }),
    ...(caCertificate !== undefined && { caCertificate }),
  };
}

/** Throws `CredentialsError` where the remote cannot be reached without credentials that are not there. */
export function assertSufficient({ transport }: Pick<RemoteUrl, "transport">, { credentials }: RemoteAccess): void {
  if (transport !== "ssh" || credentials !== undefined) return;
  throw new CredentialsError(
    "InvalidCredentials",
    "an ssh address needs a Secret with ssh-privatekey and known_hosts: name it in spec.git.credentials",
  );
}

function credentialsOf(secret: Secret, value: (key: SecretKey) => string | undefined): RemoteCredentials | undefined {
  const token = value("bearerToken");
  if (token !== undefined) return { kind: "bearer", token: token.trim() };
  const privateKey = value("ssh-privatekey");
  if (privateKey !== undefined) {
    const knownHosts = value("known_hosts");
    // Host keys are never accepted on first use: another host could impersonate the remote.
    if (knownHosts === undefined) throw invalid(secret, "known_hosts beside ssh-privatekey");
    return { kind: "ssh", privateKey, knownHosts };
  }
  const [username, password] = [value("username"), value("password")];
  if (password === undefined) return undefined;
  if (username === undefined) throw invalid(secret, "username beside password");
  // `kubectl create secret --from-file` keeps the line end of a file. A blank may be part of a password.
  return { kind: "basic", username: withoutLineEnd(username), password: withoutLineEnd(password) };
}

function withoutLineEnd(text: string): string {
  return text.replace(/[\r\n]+$/, "");
}

function readValue(secret: Secret, key: SecretKey, maxBytes: number): string | undefined {
  const bytes = sizeOf(secret, key);
  if (bytes <= maxBytes) return decode(secret, key);
  throw new CredentialsError("SecretTooLarge", tooLargeValue(secret.metadata.name, key, { bytes, maxBytes }));
}

function invalid(secret: Secret, missing: string): CredentialsError {
  const expected =
    "kubernetes.io/basic-auth (username, password), kubernetes.io/ssh-auth (ssh-privatekey, known_hosts) " +
    "or the key bearerToken is expected";
  return new CredentialsError("InvalidCredentials", `Secret ${secret.metadata.name} has no ${missing}: ${expected}`);
}
