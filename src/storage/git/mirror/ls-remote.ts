import { interpretFailure } from "../error-patterns.ts";
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
 * The remote's branches and tags. Starts a git process. Throws `GitError`: `Timeout` after
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
  return await reader.finish();
}
