import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GitError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import { TRACE_FD } from "./stream-git.ts";

/** A file that is there while a fetch runs. */
const MARKER = "http-fetching-";
/** What git writes as soon as a server has answered in the smart protocol; quotes in other texts are escaped. */
const NEGOTIATED = '"key":"negotiated-version"';
const HELPER = /"argv":\["git","remote-https?"/;
const DUMB_PUSH = /"argv":\["git","http-push"/;
/** More than comes before the answer of a server. */
const MAX_TRACE = 1024 * 1024;
let fetches = 0;

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
  const fetch = name === "fetch" ? await markFetch(gitDir) : undefined;
  let trace = "";
  const onTrace = (chunk: Buffer) => {
    if (trace.length < MAX_TRACE) trace += chunk.toString("latin1");
  };
  // Not to a file, which a full disk would cut.
  const variables = { GIT_TRACE2_EVENT: `${TRACE_FD}`, GIT_TRACE2_EVENT_NESTING: "9" };
  const running = run({ variables, onTrace });
  const succeeded = await running.then(
    ({ code }) => code === 0,
    () => false,
  );
  const isUnanswered = HELPER.test(trace) && !trace.includes(NEGOTIATED);
  // Before a push the operator itself writes objects.
  const hasFetched = fetch !== undefined && isUnanswered && (await hasNewObjects(gitDir, fetch.startedAt));
  const hasNew = hasFetched || (isUnanswered && DUMB_PUSH.test(trace));
  if (hasNew) onUnchecked();
  else if (fetch !== undefined) await rm(fetch.marker, { force: true }).catch(() => {});
  if (isUnanswered && (hasNew || succeeded)) throw dumbProtocolError();
  return await running;
}

/**
 * True if a process was ended while it fetched, and objects have arrived that git may not have checked. No command may
 * run meanwhile.
 */
export async function hasUncheckedObjects(gitDir: string): Promise<boolean> {
  const names = await readdir(gitDir).catch(() => []);
  const markers = names.filter((name) => name.startsWith(MARKER)).map((name) => join(gitDir, name));
  for (const marker of markers) {
    const startedAt = (await stat(marker).catch(() => undefined))?.ctimeMs ?? 0;
    if (await hasNewObjects(gitDir, startedAt)) return true;
  }
  await Promise.all(markers.map((marker) => rm(marker, { force: true }).catch(() => {})));
  return false;
}

function dumbProtocolError(): GitError {
  return new GitError(
    "RepositoryNotFound",
    "the server at this URL does not speak git's smart protocol: files behind a plain web server are not read as a " +
      "repository, since git does not check the objects in them",
  );
}

/** With the time, by the file system's clock. Undefined without the repository, in which case git fails. */
async function markFetch(gitDir: string): Promise<{ readonly marker: string; readonly startedAt: number } | undefined> {
  const marker = join(gitDir, `${MARKER}${process.pid}-${fetches++}`);
  try {
    await writeFile(marker, "", { mode: 0o600 });
    return { marker, startedAt: (await stat(marker)).ctimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
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
