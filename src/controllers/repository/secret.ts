import { ANNOTATION_ALLOWED_HOSTS, ANNOTATION_BOUND_CREDENTIALS } from "../../api/v1alpha1/well-known.ts";
import { isAllowedHost, parseAllowedHosts, remoteHost } from "../../core/identity/allowed-hosts.ts";
import { isNotFound } from "../../kube/client/errors.ts";
import type { RemoteAccess } from "../../storage/git/exec/remote-access.ts";
import type { ControllerContext } from "../shared/context.ts";
import { type Secret, secrets } from "../shared/kinds.ts";
import { CredentialsError, readCredentials } from "./credentials.ts";
import { decode, SECRET_KEYS, sizeOf } from "./secret-values.ts";

/** What credentials are requested for. */
export interface CredentialsRequest {
  readonly namespace: string;
  /** The Secret. */
  readonly name: string;
  /** The address that they will be sent to. */
  readonly url: string;
  /** Refuses a Secret that is not bound to hosts. */
  readonly boundOnly: boolean;
  /** `namespace/name` of the Repository that uses them until `SecretReader.release`. */
  readonly repository: string;
}

type SecretContext = Pick<ControllerContext, "client" | "log"> & {
  /** Bytes of a value that is used. */
  readonly maxSecretValue: number;
};

/** The values that the log hides for a Repository. */
interface Registration {
  /** Name, uid and version of the Secret. */
  readonly of: string;
  readonly unregister: () => void;
  /** Those of the version before: git commands that were started with it may still fail with it. */
  readonly previous: (() => void) | undefined;
}

/** Reads Secrets with credentials, and registers the values in use with the log, which hides them. */
export class SecretReader {
  readonly #context: SecretContext;
  /** By the Repository's key. */
  readonly #registered = new Map<string, Registration>();

  constructor(context: SecretContext) {
    this.#context = context;
  }

  /** Calls the API. Throws `CredentialsError`, also for a host that the Secret is not bound to. */
  async read(request: CredentialsRequest): Promise<Pick<RemoteAccess, "credentials" | "caCertificate">> {
    const { namespace, name, repository } = request;
    const { client, maxSecretValue } = this.#context;
    try {
      const secret = await client.get(secrets, { namespace, name });
      this.#registerWithLog(repository, secret);
      checkHost(secret, request);
      return readCredentials(secret, maxSecretValue);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new CredentialsError(
        "SecretNotFound",
        `there is no Secret ${name} (spec.git.credentials) in this namespace`,
      );
    }
  }

  /** The Repository's credentials are used no more. */
  release(repository: string): void {
    const registered = this.#registered.get(repository);
    registered?.unregister();
    registered?.previous?.();
    this.#registered.delete(repository);
  }

  #registerWithLog(repository: string, secret: Secret): void {
    const { log, maxSecretValue } = this.#context;
    const of = `${secret.metadata.name} ${secret.metadata.uid} ${secret.metadata.resourceVersion}`;
    const last = this.#registered.get(repository);
    if (last?.of === of) return;
    last?.previous?.();
    const values = SECRET_KEYS.flatMap((key) => {
      const isUsed = sizeOf(secret, key) <= maxSecretValue;
      const text = (isUsed && decode(secret, key)) || "";
      // Tokens and keys are used without the line break at their end.
      return [...new Set([text, text.trim()])];
    });
    const unregister = values.map((value) => log.registerSecret(value));
    this.#registered.set(repository, {
      of,
      unregister: () => {
        for (const each of unregister) each();
      },
      previous: last?.unregister,
    });
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
