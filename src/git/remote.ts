import { GitError } from "./errors.ts";

export type Credentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "ssh"; readonly privateKey: string; readonly knownHosts: string };

/** Where a repository is and what opens it. The URL never holds a password. */
export interface RemoteAccess {
  readonly url: string;
  readonly credentials?: Credentials;
  /** PEM; trusted instead of the system's certificates. */
  readonly caCertificate?: string;
}

/** https and ssh are always allowed; these only where the operator's administrator says so. */
export interface AllowedTransports {
  readonly http?: boolean;
  readonly file?: boolean;
}

export type Transport = "https" | "ssh" | "http" | "file";

/**
 * The transport a URL asks for. Throws `GitError` `InvalidURL` for what git could read as anything but a plain address
 * (options, helpers as in `ext::`, control characters, passwords) and `TransportNotAllowed`.
 */
export function checkRemoteUrl(url: string, allowed: AllowedTransports): Transport {
  const transport = readTransport(url);
  if ((transport === "http" && !allowed.http) || (transport === "file" && !allowed.file)) {
    throw new GitError("TransportNotAllowed", `transport ${transport} is not allowed`);
  }
  return transport;
}

function readTransport(url: string): Transport {
  if (url === "" || url.startsWith("-") || /[\u0000-\u0020\u007f\\]/.test(url)) {
    throw new GitError("InvalidURL", "the URL is empty, looks like an option or holds blanks or control characters");
  }
  if (url.startsWith("/")) return "file";
  const scp = /^(?:[A-Za-z0-9._][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/)(?![:-])/;
  if (scp.test(url)) return "ssh";
  if (!URL.canParse(url)) throw new GitError("InvalidURL", "the URL cannot be read");
  const parsed = new URL(url);
  if (parsed.password !== "") throw new GitError("InvalidURL", "the URL holds a password; name a Secret instead");
  switch (parsed.protocol) {
    case "https:":
    case "http:":
      if (parsed.username !== "") throw new GitError("InvalidURL", "the URL holds a user; name a Secret instead");
      return parsed.protocol === "https:" ? "https" : "http";
    case "ssh:":
      if (parsed.hostname === "" || parsed.hostname.startsWith("-") || parsed.username.startsWith("-")) {
        throw new GitError("InvalidURL", "the URL's host or user cannot be one");
      }
      return "ssh";
    case "file:":
      return "file";
    default:
      throw new GitError("TransportNotAllowed", `transport ${parsed.protocol.slice(0, -1)} is not allowed`);
  }
}
