/** The transport to a Git server. `http` and `file` only where the operator's administrator allows them. */
export type Transport = "https" | "ssh" | "http" | "file";
/** Where a URL is compared, not used. */
export const ALL_TRANSPORTS: ReadonlySet<Transport> = new Set(["https", "ssh", "http", "file"]);

export interface RemoteUrl {
  /** The URL as it is passed to git. */
  readonly url: string;
  readonly transport: Transport;
  /** Equal for all spellings of one repository: the key for overlaps and for sharing mirrors. */
  readonly canonical: string;
}

export interface UrlProblem {
  readonly reason: "InvalidURL" | "TransportNotAllowed";
  readonly problem: string;
}

const SCP_ADDRESS = /^(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9.-]+):(?!\/\/)([^\s]+)$/;

const ANOTHER_HOST = "the path of an ssh address has @ or brackets in it, by which git may read another host";
const BRACKET = /[[\]]|%5[bd]/i;

/**
 * True if git may take a part of this path for the host. It looks for `@[` in the whole address of ssh, in URLs after
 * it decoded percent escapes: with `ssh://a/x@[b]/p` and with `a:x@[b]:p` it connects to b.
 */
export function mayNameAnotherHost(path: string): boolean {
  return BRACKET.test(path) || /@|%40/i.test(path);
}

/** Parses the address of a repository. The problem quotes no part of the URL that may be a secret. */
export function parseRemoteUrl(text: string, allowed: ReadonlySet<Transport>): RemoteUrl | UrlProblem {
  if (/[\x00-\x20\x7f\\]/.test(text))
    return invalid("the URL has white space, control characters or a backslash in it");
  if (/^[-+]/.test(text)) return invalid("the URL begins like an option");
  // Only a scheme before `::` names a helper; in an IPv6 address `::` is within brackets.
  if (/^[A-Za-z0-9+.-]*::/.test(text)) return notAllowed("remote helpers (name::address) are not allowed");
  const parsed = text.includes("://") ? parseUrl(text) : text.startsWith("/") ? parsePath(text) : parseScp(text);
  if ("problem" in parsed) return parsed;
  if (!allowed.has(parsed.transport)) {
    const allowing =
      "or have the operator's administrator allow it (PKGSERVER_ALLOWED_TRANSPORTS, in the chart allowedTransports)";
    return notAllowed(
      `the transport ${parsed.transport} is not allowed: use one of ${[...allowed].join(", ")}, ${allowing}`,
    );
  }
  return parsed;
}

function parseUrl(text: string): RemoteUrl | UrlProblem {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return invalid("the URL cannot be read");
  }
  const transport = url.protocol.slice(0, -1);
  if (!isTransport(transport)) return notAllowed(`the transport ${transport} is not known: use https or ssh`);
  if (url.password !== "" || (transport !== "ssh" && url.username !== "")) {
    return invalid("the URL holds credentials: put them in a Secret and name it in git.credentials");
  }
  if ([url.hostname, url.username].some(isOptionLike)) return invalid("the host or user begins like an option");
  if (url.hostname === "" && transport !== "file") return invalid("the URL has no host");
  if (url.search !== "" || url.hash !== "") return invalid("the URL has a query or a fragment");
  if (transport === "ssh") {
    if (BRACKET.test(url.username) || url.hostname.includes("%"))
      return invalid("the user or host has brackets or percent escapes, by which git may read another host");
    // The text, and not `pathname`, in which `..` has removed what is before it.
    if (mayNameAnotherHost(text.replace(/^[^/]*\/\/[^/]*/, ""))) return invalid(ANOTHER_HOST);
  }
  const isDefaultPort = url.port === "" || (transport === "ssh" && url.port === "22");
  const host = `${url.hostname.toLowerCase()}${isDefaultPort ? "" : `:${url.port}`}`;
  return { url: text, transport, canonical: `${transport}://${host}/${canonicalPath(url.pathname)}` };
}

function parseScp(text: string): RemoteUrl | UrlProblem {
  const match = SCP_ADDRESS.exec(text);
  const [, , host, path] = match ?? [];
  if (host === undefined || path === undefined) return invalid("not a URL: it begins with https:// or ssh://");
  if (host.startsWith("-") || path.startsWith("-")) return invalid("the host or path begins like an option");
  if (mayNameAnotherHost(path)) return invalid(ANOTHER_HOST);
  return { url: text, transport: "ssh", canonical: `ssh://${host.toLowerCase()}/${canonicalPath(path)}` };
}

/** A folder of the local machine. */
function parsePath(text: string): RemoteUrl {
  return { url: text, transport: "file", canonical: `file:///${canonicalPath(text)}` };
}

function invalid(problem: string): UrlProblem {
  return { reason: "InvalidURL", problem };
}

function notAllowed(problem: string): UrlProblem {
  return { reason: "TransportNotAllowed", problem };
}

/** git decodes percent escapes before it passes host and user to ssh. */
function isOptionLike(part: string): boolean {
  return /^(-|%2d)/i.test(part);
}

function canonicalPath(path: string): string {
  return path
    .replace(/\/+/g, "/")
    .replace(/^\/|\/$/g, "")
    .replace(/\.git$/, "");
}

function isTransport(text: string): text is Transport {
  return text === "https" || text === "ssh" || text === "http" || text === "file";
}
