import { GitError, interpretFailure } from "../errors.ts";
import { parseRemoteRefs, type RemoteRefs } from "../refs/parse-refs.ts";
import type { BareRepository } from "./bare-repository.ts";

const command = ["ls-remote", "--heads", "--tags", "origin"];

/** What branches and tags the remote has now. Throws `GitError`. */
export async function lsRemote(repository: BareRepository): Promise<RemoteRefs> {
  const result = await repository.runRemote(command, repository.settings.limits.listMs);
  if (result.code !== 0) throw interpretFailure(result.stderr, repository.secrets);
  const remote = parseRemoteRefs(result.stdout);
  if (remote.refs.size === 0 && remote.unusable.length === 0) await checkEmpty(repository);
  return remote;
}

/**
 * Any page that a web server may show for a URL is an empty repository to git, which tries its oldest protocol on it. What
 * is really empty says so in packets.
 */
async function checkEmpty(repository: BareRepository): Promise<void> {
  const { listMs } = repository.settings.limits;
  const { code, stderr } = await repository.runRemote(command, listMs, { GIT_TRACE_PACKET: "2" });
  if (code === 0 && !/ packet: .*(?:version [12]|capabilities\^\{\})/.test(stderr)) {
    throw new GitError("RepositoryNotFound", "what answers there does not speak git's protocol");
  }
}
