import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GitError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import { TRACE_FD } from "./stream-git.ts";

/** Files that are there while objects may arrive that git does not check: during a fetch; before a push is answered. */
const MARKERS = { fetch: "http-fetching-", push: "http-pushing-" } as const;
type Marked = keyof typeof MARKERS;
/** The operator writes objects right before a push, in the same step of the file system's clock; none arrives then. */
const EARLIEST_MS: Readonly<Record<Marked, number>> = { fetch: 0, push: 1 };
/** What git writes as soon as a server has answered in the smart protocol; quotes in other texts are escaped. */
const NEGOTIATED = '"key":"negotiated-version"';
const HELPER = /"argv":\["git","remote-https?"/;
const DUMB_PUSH = /"argv":\["git","http-push"/;
/** More than comes before the answer of a server. */
const MAX_TRACE = 1024 * 1024;
let commands = 0;

/** How git is to be run: with these variables, and with a reader of what it writes to `TRACE_FD`. */
export interface Traced {
  readonly variables: Environment;
  readonly onTrace: (chunk: Buffer) => void;
}

interface HttpCommand {
  /** Of git, such as `fetch`. */
  readonly name: string;
  /** The repository. */
  readonly gitDir: string;
  /** Called before the error if objects may have arrived: git would take them for its own with the next fetch. */
  readonly onUnchecked: () => void;
}

/**
 * Runs a command that contacts a server by HTTP, and throws `RepositoryNotFound` if it spoke the dumb protocol. In that
 * git reads the files of a repository as a web server offers them: it checks none of these objects, whatever the
 * configuration says, and falls back to it whenever a server does not answer in the smart protocol. No setting prevents
 * that, but a trace shows it.
 */
export async function requireSmartHttp<T extends { readonly code: number }>(
  { name, gitDir, onUnchecked }: HttpCommand,
  run: (traced: Traced) => Promise<T>,
): Promise<T> {
  const mark = name === "fetch" || name === "push" ? await markCommand(gitDir, name) : undefined;
  let trace = "";
  let isAnswered = false;
  const onTrace = (chunk: Buffer) => {
    if (isAnswered || trace.length >= MAX_TRACE) return;
    trace += chunk.toString("latin1");
    isAnswered = trace.includes(NEGOTIATED);
    // A push that hangs is no reason to read everything again after a restart. Of a fetch, other helpers may follow.
    if (isAnswered && name === "push") void unmark(mark);
  };
  // Not to a file, which a full disk would cut.
  const variables = { GIT_TRACE2_EVENT: `${TRACE_FD}`, GIT_TRACE2_EVENT_NESTING: "9" };
  const running = run({ variables, onTrace });
  const succeeded = await running.then(
    ({ code }) => code === 0,
    () => false,
  );
  const isUnanswered = HELPER.test(trace) && !isAnswered;
  // Before and during a push the operator itself writes objects.
  const isFetch = name === "fetch" && mark !== undefined;
  const hasFetched = isFetch && isUnanswered && (await hasNewObjects(gitDir, mark.startedAt));
  const hasNew = hasFetched || (isUnanswered && DUMB_PUSH.test(trace));
  if (hasNew) onUnchecked();
  else await unmark(mark);
  if (isUnanswered && (hasNew || succeeded)) throw dumbProtocolError();
  return await running;
}

/**
 * True if a process was ended while it fetched, or before a push was answered, and objects have arrived that git may
 * not have checked: with a push, the operator may have written them for another one. No command may run meanwhile.
 */
export async function hasUncheckedObjects(gitDir: string): Promise<boolean> {
  const names = await readdir(gitDir).catch(() => []);
  const markers = (Object.keys(MARKERS) as Marked[]).flatMap((command) =>
    names.filter((name) => name.startsWith(MARKERS[command])).map((name) => ({ command, file: join(gitDir, name) })),
  );
  for (const { command, file } of markers) {
    const startedAt = (await stat(file).catch(() => undefined))?.ctimeMs ?? 0;
    if (await hasNewObjects(gitDir, startedAt + EARLIEST_MS[command])) return true;
  }
  await Promise.all(markers.map(({ file }) => rm(file, { force: true }).catch(() => {})));
  return false;
}

function dumbProtocolError(): GitError {
  return new GitError(
    "RepositoryNotFound",
    "the server at this URL does not speak git's smart protocol: files behind a plain web server are not read as a " +
      "repository, since git does not check the objects in them",
  );
}

interface Mark {
  readonly file: string;
  /** By the file system's clock. */
  readonly startedAt: number;
}

/** Undefined without the repository, in which case git fails. */
async function markCommand(gitDir: string, command: Marked): Promise<Mark | undefined> {
  const file = join(gitDir, `${MARKERS[command]}${process.pid}-${commands++}`);
  try {
    await writeFile(file, "", { mode: 0o600 });
    return { file, startedAt: (await stat(file)).ctimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function unmark(mark: Mark | undefined): Promise<void> {
  if (mark !== undefined) await rm(mark.file, { force: true }).catch(() => {});
}

/** A connection that failed before any answer leaves none. */
async function hasNewObjects(gitDir: string, since: number): Promise<boolean> {
  const objects = join(gitDir, "objects");
  const folders = await readdir(objects).catch(() => []);
  const changed = await Promise.all(
    folders.map(async (name) => (await stat(join(objects, name)).catch(() => undefined))?.ctimeMs ?? 0),
  );
  // The clock of files goes in steps of some milliseconds.
  return changed.some((at) => at >= since);
}
