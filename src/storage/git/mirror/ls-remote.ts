import { interpretFailure } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import { type RemoteRefs, RemoteRefsReader, tooManyRefs } from "../refs/remote-refs.ts";
import type { BareRepository } from "./bare-repository.ts";

/** A server of protocol version 2 is asked for these two kinds alone. */
const COMMAND = ["ls-remote", "--heads", "--tags", "origin"];

/** git holds the list before it prints it: measured 320 bytes a ref, and twice the list with the oldest protocol. */
const BASE_BYTES = 64 * 1024 * 1024;
const BYTES_PER_REF = 400;
const COPIES_OF_LIST = 3;

export interface ListOptions {
  /** Names that were used before: see `RemoteRefsReader`. */
  readonly isKnown?: (name: string) => boolean;
  /** Ends git with this signal's reason. */
  readonly cancel?: AbortSignal | undefined;
}

/**
 * The remote's branches and tags. Starts a git process, two if there are none. Throws `GitError`: `Timeout` after
 * `limits.listMs`; `TooManyRefs`, as soon as there are too many.
 */
export async function lsRemote(repository: BareRepository, options: ListOptions = {}): Promise<RemoteRefs> {
  const { limits } = repository.settings;
  const { isKnown, cancel } = options;
  const reader = new RemoteRefsReader({
    limits,
    secrets: repository.secrets,
    ...(isKnown !== undefined && { isKnown }),
  });
  const needed = BASE_BYTES + BYTES_PER_REF * limits.refs + COPIES_OF_LIST * limits.refsBytes;
  const memoryBytes = Math.min(limits.memoryBytes, needed);
  const { code, stderr } = await repository.streamRemote(COMMAND, limits.listMs, (chunk) => reader.read(chunk), {
    limits: { memoryBytes },
    cancel,
  });
  if (code !== 0) {
    const error = interpretFailure(stderr, repository.secrets);
    throw error.reason === "RemoteTooLarge" ? tooManyRefs(limits) : error;
  }
  const remote = await reader.finish();
  if (remote.refs.size === 0 && remote.unusable.length === 0) await checkIsRepository(repository, cancel);
  return remote;
}

/**
 * git reads any web page as an empty repository of its oldest protocol. Only a repository sends a packet with a
 * protocol version or capabilities, which git's trace shows.
 */
async function checkIsRepository(repository: BareRepository, cancel: AbortSignal | undefined): Promise<void> {
  const { listMs } = repository.settings.limits;
  const variables = { GIT_TRACE_PACKET: "2" };
  const { code, stderr } = await repository.runRemote(COMMAND, listMs, { variables, cancel });
  if (code === 0 && !/ packet: .*(?:version [12]|capabilities\^\{\})/.test(stderr)) {
    throw new GitError("RepositoryNotFound", "the server at this URL does not speak git's protocol");
  }
}
