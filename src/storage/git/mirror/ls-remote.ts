import { interpretFailure } from "../error-patterns.ts";
import { GitError } from "../errors.ts";
import { parseRemoteRefs, type RemoteRefs } from "../refs/parse-refs.ts";
import type { BareRepository } from "./bare-repository.ts";

const COMMAND = ["ls-remote", "--heads", "--tags", "origin"];

/**
 * The remote's branches and tags. Starts a git process, two if there are none. Throws `GitError`, `Timeout` after
 * `limits.listMs`. `isKnown`: as for `parseRemoteRefs`.
 */
export async function lsRemote(
  repository: BareRepository,
  isKnown: (name: string) => boolean = () => false,
): Promise<RemoteRefs> {
  const result = await repository.runRemote(COMMAND, repository.settings.limits.listMs);
  if (result.code !== 0) throw interpretFailure(result.stderr, repository.secrets);
  const remote = parseRemoteRefs(result.stdout, repository.secrets, isKnown);
  if (remote.refs.size === 0 && remote.unusable.length === 0) await checkIsRepository(repository);
  return remote;
}

/**
 * git reads any web page as an empty repository of its oldest protocol. Only a repository sends a packet with a
 * protocol version or capabilities, which git's trace shows.
 */
async function checkIsRepository(repository: BareRepository): Promise<void> {
  const { listMs } = repository.settings.limits;
  const { code, stderr } = await repository.runRemote(COMMAND, listMs, { GIT_TRACE_PACKET: "2" });
  if (code === 0 && !/ packet: .*(?:version [12]|capabilities\^\{\})/.test(stderr)) {
    throw new GitError("RepositoryNotFound", "the server at this URL does not speak git's protocol");
  }
}
