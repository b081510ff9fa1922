import type { RemoteAccess, RemoteCredentials } from "../../storage/git/exec/remote-access.ts";
import type { Secret } from "../shared/kinds.ts";
import { StalledError } from "../shared/stalled-error.ts";

/** A Secret that cannot be used; the message never repeats what is in it. */
export class CredentialsError extends StalledError {
  override readonly name = "CredentialsError";

  constructor(reason: "SecretNotFound" | "InvalidCredentials", message: string) {
    super({ reason, retry: "backoff" }, message);
  }
}

/** What a Secret says of how to reach a remote. Throws `CredentialsError`. */
export function readCredentials(secret: Secret): Pick<RemoteAccess, "credentials" | "caCertificate"> {
  const caCertificate = value(secret, "ca.crt");
  const credentials = credentialsOf(secret);
  if (credentials === undefined && caCertificate === undefined) throw invalid(secret, "username and password");
  return {
    ...(credentials !== undefined && { credentials }),
    ...(caCertificate !== undefined && { caCertificate }),
  };
}

function credentialsOf(secret: Secret): RemoteCredentials | undefined {
  const token = value(secret, "bearerToken");
  if (token !== undefined) return { kind: "bearer", token: token.trim() };
  const privateKey = value(secret, "ssh-privatekey");
  if (privateKey !== undefined) {
    const knownHosts = value(secret, "known_hosts");
    // Without it anybody could stand in for the host: never accepted on first use.
    if (knownHosts === undefined) throw invalid(secret, "known_hosts beside ssh-privatekey");
    return { kind: "ssh", privateKey, knownHosts };
  }
  const [username, password] = [value(secret, "username"), value(secret, "password")];
  if (password === undefined) return undefined;
  if (username === undefined) throw invalid(secret, "username beside password");
  return { kind: "basic", username, password };
}

function value(secret: Secret, key: string): string | undefined {
  const encoded = secret.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

function invalid(secret: Secret, missing: string): CredentialsError {
  const message = `Secret ${secret.metadata.name} has no ${missing}: kubernetes.io/basic-auth (username, password), kubernetes.io/ssh-auth (ssh-privatekey, known_hosts) or the key bearerToken is expected`;
  return new CredentialsError("InvalidCredentials", message);
}
