import { ANNOTATION_CONFIRM_HISTORY } from "../../src/api/v1alpha1/well-known.ts";
import { latestRevision } from "../../src/core/identity/revision.ts";
import { HISTORY_REWRITTEN } from "../../src/core/repository/history-rewrite.ts";
import { isTagOnly } from "../../src/core/repository/tag-only.ts";
import { type Folder, folderKey, type Violation } from "./observation.ts";
import { isTagChanged } from "./published.ts";
import {
  conditionOf,
  folderAt,
  isOurTag,
  nestedIn,
  ownFiles,
  type RepositorySituation,
  type Situation,
} from "./situation.ts";

/**
 * 4: the packages' branch has the latest revision of each package, unless an external commit changed it later; the
 * operator's commits on it are linear.
 */
export function checkMain({ repositories }: Situation): readonly Violation[] {
  return repositories.flatMap((one) => {
    if (isTagOnly(one.repository) || isRewritten(one)) return [];
    return [...checkLatest(one), ...checkLinear(one)];
  });
}

/** True if the condition reports a rewritten history: the rewrite has replaced the published folders, too. */
function isRewritten({ repository }: RepositorySituation): boolean {
  return conditionOf(repository, "Ready")?.reason === HISTORY_REWRITTEN;
}

/** True if a commit is part of a rewritten history that a user has confirmed. */
function isAccepted({ repository, remote }: RepositorySituation, commit: string): boolean {
  const [, now] = repository.metadata.annotations?.[ANNOTATION_CONFIRM_HISTORY]?.split("..") ?? [];
  const history = new Set<string>();
  const ahead = now === undefined ? [] : [now];
  for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
    if (history.has(at)) continue;
    history.add(at);
    ahead.push(...(remote.commits.get(at)?.parents ?? []));
  }
  return history.has(commit);
}

function checkLatest(one: RepositorySituation): readonly Violation[] {
  const main = one.remote.refs.get(one.mainRef)?.commit;
  const packages = Map.groupBy(one.published, ({ path }) => path);
  const deleted = one.tombstones.map(({ path }) => path).filter((path) => !packages.has(path));
  return [...new Set([...packages.keys(), ...deleted])].flatMap((path) => {
    const tags = packages.get(path) ?? [];
    const latest = tags.find(({ revision }) => revision === latestRevision(tags.map((tag) => tag.revision)));
    if (latest !== undefined && !isOurTag(latest)) return [];
    // An external client deleted a tag: the branch has the revision that was the latest before.
    if (one.revisions.some((revision) => revision.path === path && isTagChanged(revision.reason))) return [];
    const nested = nestedIn(one, path);
    const [held, wanted] = [folderAt(one, main, path), folderAt(one, latest?.commit, path)].map((folder) =>
      describe(folder, nested),
    );
    if (held === wanted) return [];
    // An external commit has changed the folder since: main is ahead, which is no violation.
    const change = main === undefined ? undefined : one.remote.lastChanges.get(folderKey(main, path));
    if (change === undefined || one.remote.commits.get(change)?.byOperator !== true) return [];
    if (isAccepted(one, change)) return [];
    const message =
      latest === undefined
        ? `the folder exists, and all its revisions were deleted (last changed by the operator's ${change})`
        : `the folder differs from the latest revision ${latest.revision} (last changed by the operator's ${change})`;
    return { invariant: 4, subject: `${one.key} ${one.mainRef}:${path}`, message };
  });
}

/** The own files of a folder as a text, equal for equal files. */
function describe(folder: Folder | undefined, nested: readonly string[]): string | undefined {
  if (folder === undefined) return "";
  if (folder.files === undefined) return undefined;
  return ownFiles(folder.files, nested)
    .map(({ path, mode, oid }) => `${mode} ${oid} ${path}\n`)
    .sort()
    .join("");
}

function checkLinear(one: RepositorySituation): readonly Violation[] {
  const { commits } = one.remote;
  const violations: Violation[] = [];
  const visited = new Set<string>();
  let at = one.remote.refs.get(one.mainRef)?.commit;
  while (at !== undefined && !visited.has(at)) {
    visited.add(at);
    const commit = commits.get(at);
    if (commit?.byOperator === true && commit.parents.length > 1) {
      const message = `the operator's commit ${at} is a merge of ${commit.parents.join(", ")}`;
      violations.push({ invariant: 4, subject: `${one.key} ${one.mainRef}`, message });
    }
    at = commit?.parents[0];
  }
  return violations;
}

/** 5: every accepted external commit is still reachable from a ref. */
export function checkExternalCommits(
  { repositories }: Situation,
  ledger: {
    readonly commits: readonly { readonly repository: string; readonly commit: string; readonly what?: string }[];
  },
): readonly Violation[] {
  return repositories.flatMap(({ key, remote }) =>
    ledger.commits
      .filter(({ repository, commit }) => repository === key && remote.commits.has(commit) === false)
      .map(({ commit, what }) => ({
        invariant: 5,
        subject: key,
        message: `no ref leads to commit ${commit} any more${what === undefined ? "" : ` (${what})`}`,
      })),
  );
}
