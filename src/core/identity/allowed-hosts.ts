import { mayNameAnotherHost, type Transport } from "./url.ts";

/** A host as a URL names it, in the one form in which two names of it are equal. */
export interface RemoteHost {
  readonly transport: Transport;
  /** Lower case; an IPv6 address in brackets and in its shortest form. */
  readonly name: string;
  readonly port: number;
}

interface AllowedHost {
  readonly name: string;
  readonly port: number | undefined;
}

/** Hosts of a Secret. More of them, or a longer text, are refused. */
const MAX_HOSTS = 50;
const MAX_TEXT = 8192;

const DEFAULT_PORTS: Readonly<Partial<Record<Transport, number>>> = { https: 443, ssh: 22, http: 80 };

/** No percent escapes, no Unicode: a name that two programs may read in two ways is no name. */
const AUTHORITY = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?$/;
const URL_FORM = /^([A-Za-z]+):\/\/(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?([^/@]+)(\/[^\\]*)$/;
const SCP_FORM = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^\\]+)$/;

/** The host that git connects to for this URL. Undefined: none, or one that cannot be told for certain. */
export function remoteHost(url: string): RemoteHost | undefined {
  const [, scheme, authority, path = ""] = URL_FORM.exec(url) ?? [];
  if (scheme === undefined || authority === undefined) {
    if (url.includes("://")) return undefined;
    const [, name = "", rest = ""] = SCP_FORM.exec(url) ?? [];
    const host = mayNameAnotherHost(rest) ? undefined : parseAuthority(name);
    return host === undefined ? undefined : { transport: "ssh", name: host.name, port: 22 };
  }
  const transport = scheme.toLowerCase();
  const host = parseAuthority(authority);
  if (host === undefined || (transport !== "https" && transport !== "ssh" && transport !== "http")) return undefined;
  if (transport === "ssh" && mayNameAnotherHost(path)) return undefined;
  return { transport, name: host.name, port: host.port ?? DEFAULT_PORTS[transport] ?? 0 };
}

/**
 * Parses the annotation `allowed-hosts` of a Secret: `host` or `host:port`, separated by commas. Undefined if any part
 * of it is invalid, or if it is empty: the Secret is then for no host at all.
 */
export function parseAllowedHosts(text: string): readonly AllowedHost[] | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const hosts = text.split(",").map((part) => parseAuthority(part.trim()));
  if (hosts.length > MAX_HOSTS) return undefined;
  return hosts.every((host) => host !== undefined) ? hosts : undefined;
}

/**
 * True if the annotation names the host. A name without a port stands for port 443 by https and port 22 by ssh: another
 * port of the same machine may be another user's server, and http sends a password in the clear.
 */
export function isAllowedHost(host: RemoteHost | undefined, allowed: readonly AllowedHost[] | undefined): boolean {
  if (host === undefined || allowed === undefined) return false;
  const isDefault = host.transport !== "http" && host.port === DEFAULT_PORTS[host.transport];
  return allowed.some(({ name, port }) => name === host.name && (port === undefined ? isDefault : port === host.port));
}

/** Undefined for `443`, `127.1` or `0x7f.1`: numbers that are read as another address. */
function unambiguousName(host: string): string | undefined {
  return URL.parse(`https://${host}`)?.hostname === host ? host : undefined;
}

function parseAuthority(text: string): AllowedHost | undefined {
  const [, host, digits] = AUTHORITY.exec(text) ?? [];
  if (host === undefined) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port === 0 || port > 65_535)) return undefined;
  const name = host.startsWith("[") ? shortestIPv6(host) : unambiguousName(host.toLowerCase());
  return name === undefined ? undefined : { name, port };
}

function shortestIPv6(host: string): string | undefined {
  return URL.parse(`http://${host}/`)?.hostname;
}
