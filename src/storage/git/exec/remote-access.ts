import { parseRemoteUrl, type Transport } from "../../../core/identity/url.ts";
import { GitError } from "../errors.ts";

/** Secrets for one remote. `privateKey` and `knownHosts` are the contents of files in the formats of OpenSSH. */
export type RemoteCredentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "ssh"; readonly privateKey: string; readonly knownHosts: string };

/** URL and credentials of a remote. The URL contains no password. */
export interface RemoteAccess {
  readonly url: string;
  readonly credentials?: RemoteCredentials;
  /** PEM. Trusted instead of the system's certificates. */
  readonly caCertificate?: string;
}

/**
 * The transport of a URL. Throws `GitError`: `InvalidURL` if git could read the text as anything but an address (an
 * option, control characters) or if it contains a password; `TransportNotAllowed` for all transports but `allowed`, and
 * for remote helpers such as `ext::`.
 */
export function checkRemoteUrl(url: string, allowed: ReadonlySet<Transport>): Transport {
  const parsed = parseRemoteUrl(url, allowed);
  if ("problem" in parsed) throw new GitError(parsed.reason, parsed.problem);
  return parsed.transport;
}
