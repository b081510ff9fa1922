import { isNotFound } from "../../kube/client/errors.ts";
import type { RemoteAccess, RemoteCredentials } from "../../storage/git/exec/remote-access.ts";
import type { ControllerContext } from "../shared/context.ts";
import { type Secret, secrets } from "../shared/kinds.ts";
import { StalledError } from "../shared/stalled-error.ts";

/** Keys without secrets: a user name such as `git` must not be replaced in every line of the log. */
const PUBLIC_KEYS: ReadonlySet<string> = new Set(["username", "known_hosts", "ca.crt"]);

/** A Secret that is missing or cannot be used. The message contains none of its values. */
export class CredentialsError extends StalledError {
  override readonly name = "CredentialsError";

  constructor(reason: "SecretNotFound" | "InvalidCredentials", message: string) {
    super({ reason, retry: "backoff" }, message);
  }
}

/** Reads Secrets with credentials, and registers their values with the log, which hides them. */
export class SecretReader {
  readonly #context: Pick<ControllerContext, "client" | "log">;
  /** `namespace/name` → uid and version of the Secret whose values the log hides. */
  readonly #registered = new Map<string, string>();

  constructor(context: Pick<ControllerContext, "client" | "log">) {
    this.#context = context;
  }

  /** Calls the API. Throws `CredentialsError`. */
  async read(namespace: string, name: string): Promise<Pick<RemoteAccess, "credentials" | "caCertificate">> {
    try {
      const secret = await this.#context.client.get(secrets, { namespace, name });
      this.#registerWithLog(`${namespace}/${name}`, secret);
      return readCredentials(secret);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new CredentialsError(
        "SecretNotFound",
        `there is no Secret ${name} (spec.git.credentials) in this namespace`,
      );
    }
  }

  #registerWithLog(key: string, { metadata, data }: Secret): void {
    const version = `${metadata.uid} ${metadata.resourceVersion}`;
    if (this.#registered.get(key) === version) return;
    for (const [name, value] of Object.entries(data ?? {})) {
      if (!PUBLIC_KEYS.has(name)) this.#context.log.registerSecret(Buffer.from(value, "base64").toString("utf8"));
    }
    this.#registered.set(key, version);
  }
}

/** Parses the credentials and the CA certificate of a Secret. Throws `CredentialsError`. */
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
    // Host keys are never accepted on first use: another host could impersonate the remote.
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
  const expected =
    "kubernetes.io/basic-auth (username, password), kubernetes.io/ssh-auth (ssh-privatekey, known_hosts) " +
    "or the key bearerToken is expected";
  return new CredentialsError("InvalidCredentials", `Secret ${secret.metadata.name} has no ${missing}: ${expected}`);
}
