/** How the operator may reach a Git server. `http` and `file` only where its administrator allows them. */
export type Transport = "https" | "ssh" | "http" | "file";

export interface RemoteUrl {
  /** As it is given to git. */
  readonly url: string;
  readonly transport: Transport;
  /** Equal for two spellings of one repository: used to find overlaps and to share nothing by accident. */
  readonly canonical: string;
}

export interface UrlProblem {
  readonly problem: string;
}

const SCP = /^(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9.-]+):(?!\/\/)([^\s]+)$/;

/** Reads the address of a repository, or says what is wrong with it, without repeating what may be a secret. */
export function parseRemoteUrl(text: string, allowed: ReadonlySet<Transport>): RemoteUrl | UrlProblem {
  if (/[\x00-\x20\x7f]/.test(text)) return { problem: "the URL has white space or control characters in it" };
  if (/^[-+]/.test(text)) return { problem: "the URL begins like an option" };
  if (text.includes("::")) return { problem: "remote helpers (name::address) are refused" };
  const parsed = text.includes("://") ? parseUrl(text) : parseScp(text);
  if ("problem" in parsed) return parsed;
  if (!allowed.has(parsed.transport)) {
    return { problem: `the transport ${parsed.transport} is not allowed: use one of ${[...allowed].join(", ")}` };
  }
  return parsed;
}

function parseUrl(text: string): RemoteUrl | UrlProblem {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { problem: "the URL cannot be read" };
  }
  const transport = url.protocol.slice(0, -1);
  if (!isTransport(transport)) return { problem: `the transport ${transport} is not known: use https or ssh` };
  if (url.password !== "" || (transport !== "ssh" && url.username !== "")) {
    return { problem: "the URL holds credentials: put them in a Secret and name it in git.credentials" };
  }
  if (url.hostname.startsWith("-")) return { problem: "the host begins like an option" };
  if (url.search !== "" || url.hash !== "") return { problem: "the URL has a query or a fragment" };
  const host = `${url.hostname.toLowerCase()}${url.port === "" ? "" : `:${url.port}`}`;
  return { url: text, transport, canonical: `${transport}://${host}/${canonicalPath(url.pathname)}` };
}

function parseScp(text: string): RemoteUrl | UrlProblem {
  const match = SCP.exec(text);
  const [, , host, path] = match ?? [];
  if (host === undefined || path === undefined) return { problem: "not a URL: it begins with https:// or ssh://" };
  if (host.startsWith("-") || path.startsWith("-")) return { problem: "the host or path begins like an option" };
  return { url: text, transport: "ssh", canonical: `ssh://${host.toLowerCase()}/${canonicalPath(path)}` };
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
