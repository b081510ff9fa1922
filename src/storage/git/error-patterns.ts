import { describeForeignError } from "../../core/conditions/foreign-error.ts";
import { boundText, cleanText, hideSecrets, readRemoteMessage, WITHHELD } from "./error-text.ts";
import { GitError, type GitErrorReason } from "./errors.ts";
import { resemblesSecret } from "./secret-likeness.ts";

/** A reason, and the texts by which it is recognized. */
type Pattern = readonly [reason: GitErrorReason, ...texts: RegExp[]];

/**
 * Messages about this machine. Matched against stderr without its `remote:` lines, because the same text from the
 * remote is about the remote's disk. The first match decides.
 */
const LOCAL_PATTERNS: readonly Pattern[] = [
  // git does not name the cause if the disk has room for a lock file but not for its contents.
  ["DiskFull", /No space left on device|Disk quota exceeded|Out of diskspace|couldn't write '[^']*\.lock'/],
  [
    "DataDirNotWritable",
    /Read-only file system|insufficient permission for adding an object/i,
    /(?:create|open|mkdir|write)[^\n]*: Permission denied/i,
  ],
  // A lock here was left by a killed git: the mirror has one user, which runs one writing command at a time.
  [
    "MirrorCorrupt",
    /Unable to create '[^']*\.lock': File exists|packed-refs\.new: File exists|reference broken/,
    /bad (?:numeric|boolean) config|bad config|(?:unterminated|unexpected) line in|Expected git repo version/,
    /Can't load tree|object [0-9a-f]+ \(stored in [^)]*\) is corrupt/,
  ],
];

/**
 * Messages of git, of its helpers and of remotes. The first match decides, so specific patterns precede general ones.
 */
const PATTERNS: readonly Pattern[] = [
  // The last one: without memory for its trace, git fails to say that it has none.
  ["RemoteTooLarge", /Out of memory|Cannot allocate memory|File too large|recursion detected in die handler/],
  ["TransportNotAllowed", /transport '[^']*' not allowed/],
  // The shell's message for our process group script: the mirrors' directory was emptied.
  ["MirrorCorrupt", /run-group\.sh.*No such file/],
  ["HostKeyRefused", /Host key verification failed|No \S+ host key is known for|no matching host key type/],
  ["RedirectRefused", /unable to update url base from redirection|requested URL returned error: 30\d/],
  ["BranchNotFound", /couldn't find remote ref|no such remote ref/],
  ["ObjectMissing", /: not our ref |request for unadvertised object/],
  ["HostNotFound", /Could not resolve host|Couldn't resolve host|Name or service not known/i],
  [
    "TLSFailed",
    /SSL certificate|certificate verif|gnutls_handshake|SSL routines|SSL_(?:connect|ERROR)|CAfile/i,
    /TLS (?:connect|handshake)/i,
  ],
  // ssh goes on without the key, so that "Permission denied" follows.
  ["InvalidSSHKey", /^Load key "[^"]*": /m],
  ["PushTooLarge", /requested URL returned error: 413\b|pack exceeds maximum allowed size/],
  // By ssh, hosts have no status but these words: GitHub, Bitbucket; GitLab; Gitea and Forgejo; Gitolite.
  [
    "PushForbidden",
    /marked as read only|Permission to \S+ denied to|Write access to repository not granted/,
    /not allowed to (?:push|upload) code|does not have write access|deployment key is read-only/,
    /not authorized to write|permission denied for writing/i,
    /FATAL: W any \S+ \S+ DENIED/,
  ],
  ["AccessDenied", /requested URL returned error: 403\b/],
  [
    "AuthenticationFailed",
    /could not read (?:Username|Password)|Authentication failed|requested URL returned error: 401\b/,
    /Permission denied \(|Access denied|Invalid username or (?:password|token)/,
  ],
  [
    "RepositoryNotFound",
    /repository '[^']*' not found|Repository not found|does not appear to be a git repository/i,
    /requested URL returned error: 404|not valid: is this a git repository/i,
    /could not be found or you don't have permission/i,
  ],
  ["BadObjects", /fsck error|unpacker error|index-pack abnormal exit|repository corruption on the remote side/],
  [
    "MirrorCorrupt",
    /did not send all necessary objects|remote unpack failed/,
    /did not receive expected object|cannot read existing object/,
  ],
  [
    "ConnectionFailed",
    /Unable to negotiate with|Failed to connect|Could(?:n't| not) connect|Connection (?:refused|timed out|reset|closed)/i,
    /No route to host|Network is unreachable|requested URL returned error: (?:429|5\d\d)/i,
    /hung up unexpectedly|unexpected disconnect|early EOF|RPC failed|Empty reply/i,
    /invalid index-pack output|bad line length|protocol error|malformed response/i,
  ],
  ["RefConflict", /exists; cannot create|cannot lock ref/],
  [
    "MirrorCorrupt",
    /not a git repository|bad object|bad tree object|missing object|object file \S+ is empty/i,
    /(?:is|pack) corrupt|packfile \S+ (?:cannot|does|index|claims|is not|signature)|too short to be a packfile/i,
    /unable to (?:read|unpack|stream)|inflate|Could not read [0-9a-f]{40}|invalid object|unparsable object/i,
  ],
  // Every other error of curl's, such as a response that ends too early, is one of the connection.
  ["ConnectionFailed", /unable to access '[^']*': (?!The requested URL returned error)/],
];

const PASSWORD_PROMPT = /could not read (?:Username|Password)/;

/** Final messages that only report that an earlier one ended git. */
const SECONDARY_FATAL =
  /^fatal: (?:Could not read from remote|the remote end hung up|(?:fetch-pack: invalid )?index-pack (?:failed|output)|fsck error)/;

const HINTS: Partial<Record<GitErrorReason, string>> = {
  DiskFull: ": the volume of the operator's data directory is full",
  PushTooLarge: ": the server or a proxy before it takes no more at once: raise its limit, or make the change smaller",
  DataDirNotWritable: ": the operator's data directory must be writable",
};

const FILE_ERRORS: Readonly<Record<string, GitErrorReason>> = {
  ENOSPC: "DiskFull",
  EDQUOT: "DiskFull",
  EROFS: "DataDirNotWritable",
  EACCES: "DataDirNotWritable",
  EPERM: "DataDirNotWritable",
};

/**
 * The error for a git command that failed; `Unknown` if no pattern matches its stderr. `secrets` are hidden in the
 * message.
 */
export function interpretFailure(stderr: string, secrets: readonly string[] = []): GitError {
  const text = boundText(stderr);
  const local = text.replace(/^remote:.*$/gm, "");
  const match = findPattern(LOCAL_PATTERNS, local) ?? findPattern(PATTERNS, text);
  const [reason, ...texts] = match ?? (["Unknown", /^/] as const);
  // git's own message is about a terminal prompt, which does not exist here.
  const line = PASSWORD_PROMPT.test(text)
    ? "the remote refuses access: it requires a user name and password, or does not accept the ones given"
    : pickShown(boundText(hideSecrets(stderr, secrets)), texts, secrets);
  const message = `${removeVariableParts(cleanText(line, secrets))}${HINTS[reason] ?? ""}`;
  // git's own line has no more than the status; hosts say why in lines of their own.
  const words = reason === "AccessDenied" ? readRemoteMessage(stderr, secrets) : "";
  return new GitError(reason, words === "" ? message : `${message}: ${words}`);
}

function findPattern(patterns: readonly Pattern[], text: string): Pattern | undefined {
  return patterns.find(([, ...texts]) => texts.some((one) => one.test(text)));
}

/** Runs file operations. A full or read-only disk throws `GitError`: `DiskFull`, `DataDirNotWritable`. */
export async function withLocalFiles<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = FILE_ERRORS[(error as NodeJS.ErrnoException).code ?? ""];
    if (reason === undefined) throw error;
    throw new GitError(reason, `${describeForeignError(error)}${HINTS[reason]}`);
  }
}

/**
 * Removes parts that differ on every attempt. The message becomes a condition's message; a condition that changes is
 * written, and that write triggers another reconcile.
 */
function removeVariableParts(line: string): string {
  return (
    line
      .replace(/\btmp_([a-z]+)_[A-Za-z0-9]{6}\b/g, "tmp_$1")
      .replace(/ after [0-9]+ (?:ms|milliseconds)\b/g, "")
      .replace(/\b[0-9]+(?: out of [0-9]+)? bytes\b/g, "some bytes")
      .replace(/\bHTTP\/2 stream [0-9]+\b/g, "HTTP/2 stream")
      // The name is that of a file of the operator's.
      .replace(/^Load key "[^"]*": /, "ssh cannot load ssh-privatekey: ")
  );
}

/** Nothing if a secret may be spread over the lines: each attempt could show another part. */
function pickShown(stderr: string, texts: readonly RegExp[], secrets: readonly string[]): string {
  return resemblesSecret(stderr, secrets) ? WITHHELD : pickLine(stderr, texts);
}

/** The line that names the cause: the last `fatal:`, unless it only reports that an earlier line ended git. */
function pickLine(stderr: string, texts: readonly RegExp[]): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const causes = lines.filter((line) => !SECONDARY_FATAL.test(line));
  const fatal = causes.findLast((line) => line.startsWith("fatal: "));
  const error = causes.find((line) => line.startsWith("error: "));
  const matching = causes.find((line) => texts.some((one) => one.test(line)));
  const line = fatal ?? error ?? matching ?? lines.at(-1) ?? "git failed without an error message";
  return line.replace(/^(?:fatal|error|remote): /, "");
}
