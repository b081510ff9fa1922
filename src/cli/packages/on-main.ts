import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import { shellQuote } from "../../core/identity/shell-quote.ts";
import { isTagOnly } from "../../core/repository/tag-only.ts";
import { CliError } from "../cli-error.ts";
import { isLatest } from "../names/match.ts";
import { shortName } from "../names/query.ts";

/** What the API knows of a package's folder on the branch of published packages. */
export interface OnMain {
  /** The revision that the operator keeps there; undefined if none is published. */
  readonly revision: PackageRevision | undefined;
  /** What stands against that, and what the API cannot show: sentences, the last one with a command. */
  readonly notes: readonly string[];
}

/**
 * The published revision that main holds for a package: the latest one, which each publication and deletion writes
 * there. Other commits on main are in Git alone; of those that hold back a revision, a condition tells.
 * @param siblings all revisions of the package
 * @throws CliError refused if the operator does not write to that branch
 */
export function findOnMain(repository: Repository, siblings: readonly PackageRevision[], own: PackageRevision): OnMain {
  const ref = repository.spec.git?.ref ?? "main";
  const latest = siblings.find(isLatest);
  const look = `to see them, in a clone: ${gitCommand(repository, own, latest, ref)}`;
  if (isTagOnly(repository)) {
    throw new CliError(
      "refused",
      `the API does not show the files on ${ref}: others write them (spec.publish: tagOnly)`,
      [look],
    );
  }
  const diverged = siblings.flatMap((one) =>
    (one.status?.conditions ?? []).filter(({ reason }) => reason === "MainDiverged").map(({ message }) => message),
  );
  const name = latest === undefined ? undefined : shortName(latest);
  return {
    revision: latest,
    notes: [
      name === undefined
        ? `no revision is published: ${ref} is taken to have no such package`
        : `${ref} is taken to hold ${name}, the latest published revision`,
      ...(latest?.status?.provenance === "External"
        ? [`${name} was tagged by another client, which need not write ${ref}`]
        : []),
      ...new Set(diverged),
      `other commits to ${ref} are not in the API; ${look}`,
    ],
  };
}

/** The difference between what the API takes main to hold and what it has. */
function gitCommand(
  { spec }: Repository,
  { spec: { packageRevID } }: PackageRevision,
  latest: PackageRevision | undefined,
  ref: string,
): string {
  const layout = { directory: spec.git?.directory ?? "", deployment: spec.deployment === true };
  const path = shellQuote(packagePath(layout, locationOf(packageRevID, layout)));
  const commit = latest?.status?.commit;
  const branch = shellQuote(`origin/${ref}`);
  return commit === undefined ? `git ls-tree -r ${branch} -- ${path}` : `git diff ${commit} ${branch} -- ${path}`;
}
