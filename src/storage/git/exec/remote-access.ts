import { parseRemoteUrl, type Transport } from "../../../core/identity/url.ts";
import { GitError } from "../errors.ts";

export type RemoteCredentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "ssh"; readonly privateKey: string; readonly knownHosts: string };

/** Where a repository is and what opens it. The URL never holds a password. */
export interface RemoteAccess {
  readonly url: string;
  readonly credentials?: RemoteCredentials;
  /** PEM; trusted instead of the system's certificates. */
  readonly caCertificate?: string;
}

/**
 * The transport a URL asks for. Throws `GitError` `InvalidURL` for what git could read as anything but a plain address
 * (options, helpers as in `ext::`, control characters, passwords) and `TransportNotAllowed`.
 */
export function checkRemoteUrl(url: string, allowed: ReadonlySet<Transport>): Transport {
  const parsed = parseRemoteUrl(url, allowed);
  if ("problem" in parsed) throw new GitError(parsed.reason, parsed.problem);
  return parsed.transport;
}
