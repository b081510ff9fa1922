import { PUSH_REJECTED } from "../../api/v1alpha1/package-revision.ts";

/** The one file that interprets what git says. */

export type GitErrorReason =
  | "AuthenticationFailed"
  | "RepositoryNotFound"
  | "HostNotFound"
  | "HostKeyRefused"
  | "ConnectionFailed"
  | "TLSFailed"
  | "Timeout"
  | "RedirectRefused"
  | "TransportNotAllowed"
  | "InvalidURL"
  | "InvalidCredentials"
  | "BranchNotFound"
  /** A hook or a protection of the remote said no. */
  | typeof PUSH_REJECTED
  /** A name that Git cannot hold beside another one, or a tag that exists already. */
  | "RefConflict"
  /** Others were faster, every time. */
  | "LeaseLost"
  /** What was to be written is not valid, for example a file name. */
  | "InvalidChange"
  | "ObjectMissing"
  | "ObjectTooLarge"
  /** The remote sends more than we take: refs, objects or messages without end. */
  | "RemoteTooLarge"
  /** The remote sent objects that fail git's checks. */
  | "BadObjects"
  | "MirrorCorrupt"
  /** There is no room for the mirror, in bytes or in inodes. */
  | "DiskFull"
  /** The folder of the mirrors is mounted read-only, or belongs to somebody else. */
  | "DataDirNotWritable"
  | "Closed"
  | "Unknown";

const retryableReasons: ReadonlySet<GitErrorReason> = new Set([
  "HostNotFound",
  "ConnectionFailed",
  "Timeout",
  "LeaseLost",
  "MirrorCorrupt",
  "DiskFull",
  "DataDirNotWritable",
  "Unknown",
]);

/** `message` is short, for people, without secrets. `retryable`: the same again may work with nobody doing anything. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly reason: GitErrorReason;
  readonly retryable: boolean;

  constructor(reason: GitErrorReason, message: string) {
    super(message);
    this.reason = reason;
    this.retryable = isRetryable(reason);
  }
}

/** Whether the same again may work with nobody doing anything, after a failure with this reason. */
export function isRetryable(reason: string): boolean {
  return (retryableReasons as ReadonlySet<string>).has(reason);
}

/** What git says of this machine; the same words from a remote (`remote: …`) are about that one. The first match decides. */
const ownTexts: readonly (readonly [RegExp, GitErrorReason])[] = [
  // Where there is room for a lock file and none for what goes into it, git does not say why.
  [/No space left on device|Disk quota exceeded|Out of diskspace|couldn't write '[^']*\.lock'/, "DiskFull"],
  [
    /Read-only file system|insufficient permission for adding an object|(?:create|open|mkdir|write)[^\n]*: Permission denied/i,
    "DataDirNotWritable",
  ],
  // Locks of a git that was killed: nobody but us works in there, and one command at a time.
  [/Unable to create '[^']*\.lock': File exists|packed-refs\.new: File exists|reference broken/, "MirrorCorrupt"],
  [
    /bad (?:numeric|boolean) config|bad config|(?:unterminated|unexpected) line in|Expected git repo version|Can't load tree|object [0-9a-f]+ \(stored in [^)]*\) is corrupt/,
    "MirrorCorrupt",
  ],
];

/** Whether this came of the mirror: what Git's refs lead to is in there, unless somebody took it away. */
export function isMirrorDamage(error: unknown): boolean {
  return error instanceof GitError && (error.reason === "ObjectMissing" || error.reason === "MirrorCorrupt");
}

/** It is the operator's own disk that is full, or not to be written to. */
export function isLocalDiskError(error: unknown): boolean {
  return error instanceof GitError && (error.reason === "DiskFull" || error.reason === "DataDirNotWritable");
}

export function isPushRejected(error: unknown): error is GitError {
  return error instanceof GitError && error.reason === PUSH_REJECTED;
}

/** The repository is not in use any more: no fault of anybody's. */
export function isClosed(error: unknown): boolean {
  return error instanceof GitError && error.reason === "Closed";
}

/** The first match decides, so what is certain stands above what is general. */
const texts: readonly (readonly [RegExp, GitErrorReason])[] = [
  [/Out of memory|Cannot allocate memory|File too large/, "RemoteTooLarge"],
  [/transport '[^']*' not allowed/, "TransportNotAllowed"],
  // The shell's words for our own script: somebody emptied the folder of the mirrors.
  [/run-group\.sh.*No such file/, "MirrorCorrupt"],
  [/Host key verification failed|No \S+ host key is known for/, "HostKeyRefused"],
  [/unable to update url base from redirection|requested URL returned error: 30\d/, "RedirectRefused"],
  [/couldn't find remote ref|no such remote ref/, "BranchNotFound"],
  [/Could not resolve host|Couldn't resolve host|Name or service not known/i, "HostNotFound"],
  [
    /SSL certificate|certificate verif|certificate verify|gnutls_handshake|SSL routines|SSL_(?:connect|ERROR)|CAfile|TLS (?:connect|handshake)/i,
    "TLSFailed",
  ],
  [
    /could not read (?:Username|Password)|Authentication failed|requested URL returned error: 40[13]\b/,
    "AuthenticationFailed",
  ],
  [/Permission denied \(|Access denied|Invalid username or (?:password|token)/, "AuthenticationFailed"],
  [/error in libcrypto|invalid format/, "InvalidCredentials"],
  [
    /repository '[^']*' not found|Repository not found|does not appear to be a git repository|requested URL returned error: 404|not valid: is this a git repository|could not be found or you don't have permission/i,
    "RepositoryNotFound",
  ],
  [/fsck error|unpacker error|index-pack abnormal exit|repository corruption on the remote side/, "BadObjects"],
  [/did not send all necessary objects|remote unpack failed/, "MirrorCorrupt"],
  [
    /Failed to connect|Could(?:n't| not) connect|Connection (?:refused|timed out|reset|closed)|No route to host|Network is unreachable/i,
    "ConnectionFailed",
  ],
  [
    /hung up unexpectedly|unexpected disconnect|early EOF|RPC failed|Empty reply|requested URL returned error: (?:429|5\d\d)|invalid index-pack output|bad line length|protocol error|malformed response/i,
    "ConnectionFailed",
  ],
  [/exists; cannot create|cannot lock ref/, "RefConflict"],
  [
    /not a git repository|bad object|bad tree object|missing object|object file \S+ is empty|(?:is|pack) corrupt|packfile \S+ (?:cannot|does|index|claims|is not|signature)|too short to be a packfile|unable to (?:read|unpack|stream)|inflate|Could not read [0-9a-f]{40}|invalid object|unparsable object/i,
    "MirrorCorrupt",
  ],
];

/** Interprets the standard error of a git that failed. `secrets` never appear in the message. */
export function interpretFailure(stderr: string, secrets: readonly string[] = []): GitError {
  const text = boundText(stderr);
  const own = text.replace(/^remote:.*$/gm, "");
  const found = ownTexts.find(([one]) => one.test(own)) ?? texts.find(([one]) => one.test(text));
  const [pattern, reason] = found ?? [/^/, "Unknown"];
  // git's own words speak of a terminal that there is not.
  const asked = /could not read (?:Username|Password)/.test(text);
  const line = asked
    ? "the remote refuses access: it asks for a user and password, or others than these"
    : pickLine(boundText(hideSecrets(stderr, secrets)), pattern);
  return new GitError(reason, `${steady(cleanText(line, secrets))}${hints[reason] ?? ""}`);
}

/** Without what is another time every time: a condition that changes is written, and whoever is told of that looks again at once. */
function steady(line: string): string {
  return line.replace(/\btmp_([a-z]+)_[A-Za-z0-9]{6}\b/g, "tmp_$1").replace(/ after [0-9]+ ms\b/g, "");
}

const hints: Partial<Record<GitErrorReason, string>> = {
  DiskFull: ": the volume of the operator's data directory is full",
  DataDirNotWritable: ": the operator's data directory must be writable",
};
const fileErrors: Readonly<Record<string, GitErrorReason>> = {
  ENOSPC: "DiskFull",
  EDQUOT: "DiskFull",
  EROFS: "DataDirNotWritable",
  EACCES: "DataDirNotWritable",
  EPERM: "DataDirNotWritable",
};

/** Does something with our own files. What the system refuses is thrown as a `GitError`: `DiskFull`, `DataDirNotWritable`. */
export async function withLocalFiles<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = fileErrors[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason === undefined) throw error;
    throw new GitError(reason, `${(error as Error).message}${hints[reason]}`);
  }
}

/** What the remote told us (hooks, protections), without git's prefix; at most a kilobyte. */
export function readRemoteMessage(stderr: string, secrets: readonly string[] = []): string {
  const lines = stderr
    .split("\n")
    .filter((line) => line.startsWith("remote:"))
    .map((line) => line.slice("remote:".length).trim())
    .filter((line) => line !== "");
  return cleanText(lines.join("; "), secrets);
}

const maxText = 64 * 1024;
const maxLine = 2000;

/** Beginning and end of what git said, with no line so long that a pattern could spend minutes on it: remotes write here too. */
export function boundText(text: string): string {
  const some = text.length <= maxText ? text : `${text.slice(0, maxText / 2)}\n${text.slice(-maxText / 2)}`;
  return some
    .split("\n")
    .map((line) => line.slice(0, maxLine))
    .join("\n");
}

/** Without secrets, users in URLs and control characters; at most a kilobyte. */
export function cleanText(text: string, secrets: readonly string[]): string {
  // Cut only when no secret can be cut in two.
  const cleaned = hideSecrets(text, secrets)
    .slice(0, 2 * maxLine)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/'"@]*@/gi, "$1")
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ")
    .trim();
  return cleaned.length > 1000 ? `${cleaned.slice(0, 999)}…` : cleaned;
}

function hideSecrets(text: string, secrets: readonly string[]): string {
  // A one or two letter password would tear every word apart and protect nothing.
  return secrets.filter((secret) => secret.length > 2).reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

/** The last `fatal:` says what ended git, unless it only says that something before it did. */
function pickLine(stderr: string, pattern: RegExp): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const told = lines.filter(
    (line) => !/^fatal: (?:Could not read from remote|the remote end hung up|index-pack failed|fsck error)/.test(line),
  );
  const fatal = told.findLast((line) => line.startsWith("fatal: "));
  const error = told.find((line) => line.startsWith("error: "));
  const line = fatal ?? error ?? told.find((text) => pattern.test(text)) ?? lines.at(-1) ?? "git failed without a word";
  return line.replace(/^(?:fatal|error|remote): /, "");
}

/** Whether a remote's refusal means that a ref moved, or is being moved, by someone else at this moment. */
export function isLostRace(text: string): boolean {
  return /is at [0-9a-f]{40,} but expected|incorrect old value|reference already exists|Unable to create '[^']*\.lock'|unable to resolve reference|stale info/.test(
    text,
  );
}

/** The ref that a remote could not make because another one is in its way. */
export function readConflict(stderr: string): string | undefined {
  for (const line of stderr.split("\n")) {
    const [, ref, why = ""] = /cannot lock ref '([^']+)': (.*)/.exec(line) ?? [];
    const together = why.includes("cannot process ") && why.includes(" at the same time");
    if (together || why.includes("exists; cannot create")) return ref;
  }
  return undefined;
}
