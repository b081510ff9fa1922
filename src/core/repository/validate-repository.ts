import type { Repository } from "../../api/v1alpha1/repository.ts";
import { overlaps } from "../identity/location.ts";
import { parseRemoteUrl, type RemoteUrl, type Transport } from "../identity/url.ts";
import { ageOf } from "./repositories-by-age.ts";
import { commitSettingsProblem } from "./write-settings.ts";

/** Why a Repository cannot be used until a user changes it. */
export interface RepositoryProblem {
  readonly reason: string;
  readonly message: string;
}

export interface RepositoryRules {
  readonly allowedTransports: ReadonlySet<Transport>;
  /** Repositories of one namespace that are used, the oldest first. */
  readonly maxRepositories: number;
}

/**
 * The remote of a Repository, or why the Repository cannot be used.
 *
 * @param oldest The oldest Repositories of the same namespace, as many as are used. It may be one of them.
 */
export function validateRepository(
  repository: Repository,
  oldest: readonly Repository[],
  { allowedTransports: allowed, maxRepositories: limit }: RepositoryRules,
): RemoteUrl | RepositoryProblem {
  const { type, git, sync } = repository.spec;
  if (type === "oci" || git === undefined) {
    return { reason: "NotSupported", message: "spec.type oci is not supported yet: use git" };
  }
  const remote = parseRemoteUrl(git.url, allowed);
  if ("problem" in remote) return { reason: remote.reason, message: `spec.git.url: ${remote.problem}` };
  const older = oldest.filter((other) => isOlder(other, repository));
  if (older.length >= limit) {
    const message =
      `a namespace has at most ${limit} Repositories, and as many are older: delete one of them, or raise the limit ` +
      "(limits.repositories, PKGSERVER_LIMIT_REPOSITORIES)";
    return { reason: "TooManyRepositories", message };
  }
  const overlapping = older.find((other) => overlap(other, repository, remote, allowed));
  if (overlapping !== undefined) {
    const { name } = overlapping.metadata;
    const message = `Repository ${name} has the same URL and an overlapping directory: delete one of them`;
    return { reason: "RepositoryOverlap", message };
  }
  const problem = commitSettingsProblem(git.commit);
  if (problem !== undefined) return { reason: "InvalidTemplate", message: problem };
  if (sync?.suspend === true) {
    return { reason: "Suspended", message: "spec.sync.suspend is true: the remote is neither read nor written" };
  }
  return remote;
}

function isOlder(a: Repository, b: Repository): boolean {
  if (a.metadata.uid === b.metadata.uid) return false;
  return ageOf(a) < ageOf(b);
}

function overlap(
  other: Repository,
  repository: Repository,
  remote: RemoteUrl,
  allowed: ReadonlySet<Transport>,
): boolean {
  if (other.spec.git === undefined) return false;
  const parsed = parseRemoteUrl(other.spec.git.url, allowed);
  if ("problem" in parsed || parsed.canonical !== remote.canonical) return false;
  return overlaps(other.spec.git.directory ?? "", repository.spec.git?.directory ?? "");
}
