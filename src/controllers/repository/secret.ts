import { ANNOTATION_ALLOWED_HOSTS, ANNOTATION_BOUND_CREDENTIALS } from "../../api/v1alpha1/well-known.ts";
import { isAllowedHost, parseAllowedHosts, remoteHost } from "../../core/identity/allowed-hosts.ts";
import { isNotFound } from "../../kube/client/errors.ts";
import type { RemoteAccess, RemoteCredentials } from "../../storage/git/exec/remote-access.ts";
import type { ControllerContext } from "../shared/context.ts";
import { type Secret, secrets } from "../shared/kinds.ts";
import { StalledError } from "../shared/stalled-error.ts";

/** Keys without secrets: a user name such as `git` must not be replaced in every line of the log. */
const PUBLIC_KEYS: ReadonlySet<string> = new Set(["username", "known_hosts", "ca.crt"]);

/** What credentials are requested for. */
export interface CredentialsRequest {
  readonly namespace: string;
  /** The Secret. */
  readonly name: string;
  /** The address that they will be sent to. */
  readonly url: string;
  /** Refuses a Secret that is not bound to hosts. */
  readonly boundOnly: boolean;
}

/** A Secret that is missing or cannot be used. The message contains none of its values. */
export class CredentialsError extends StalledError {
  override readonly name = "CredentialsError";

  constructor(reason: "SecretNotFound" | "InvalidCredentials" | "HostNotAllowed", message: string) {
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

  /** Calls the API. Throws `CredentialsError`, also for a host that the Secret is not bound to. */
  async read(request: CredentialsRequest): Promise<Pick<RemoteAccess, "credentials" | "caCertificate">> {
    const { namespace, name } = request;
    try {
      const secret = await this.#context.client.get(secrets, { namespace, name });
      this.#registerWithLog(`${namespace}/${name}`, secret);
      checkHost(secret, request);
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

/** Throws `HostNotAllowed` if the Secret may not be sent to the URL's host. */
function checkHost({ metadata }: Secret, { url, boundOnly }: Pick<CredentialsRequest, "url" | "boundOnly">): void {
  const annotation = metadata.annotations?.[ANNOTATION_ALLOWED_HOSTS];
  if (annotation === undefined && !boundOnly) return;
  if (annotation === undefined) {
    throw hostNotAllowed(
      `the Secret ${metadata.name} is bound to no host, which ${ANNOTATION_BOUND_CREDENTIALS} of this Repository ` +
        `requires: a user who may change the Secret names its hosts in the annotation ${ANNOTATION_ALLOWED_HOSTS}`,
    );
  }
  const hosts = parseAllowedHosts(annotation);
  if (hosts === undefined) {
    throw hostNotAllowed(
      `the annotation ${ANNOTATION_ALLOWED_HOSTS} of the Secret ${metadata.name} is invalid, so that it is sent to ` +
        "no host: it must be host or host:port, without wildcards, separated by commas",
    );
  }
  const host = remoteHost(url);
  if (isAllowedHost(host, hosts)) return;
  const name = host === undefined ? "the address in spec.git.url" : `${host.name}:${host.port} (${host.transport})`;
  throw hostNotAllowed(
    `the Secret ${metadata.name} may not be sent to ${name}: its annotation ${ANNOTATION_ALLOWED_HOSTS} does not ` +
      "name that host and port: name another Secret or URL, or, if the host is trusted, add it to the annotation",
  );
}

function hostNotAllowed(message: string): CredentialsError {
  return new CredentialsError("HostNotAllowed", message);
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
