import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Proposal } from "../../api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { shortName } from "../names/query.ts";
import { authorsOf } from "./authors.ts";
import { type Contents, readContents } from "./contents.ts";
import { readRepositoryOf } from "./repositories.ts";
import { listRevisions, previousOf } from "./siblings.ts";

/** What an approver decides on, as it was at one moment. */
export interface Review {
  readonly revision: PackageRevision;
  readonly proposal: Proposal;
  /** Undefined if it is gone, or the user may not read it. */
  readonly repository: Repository | undefined;
  readonly contents: Contents;
  /** The published revision that it replaces; undefined if it is the first. */
  readonly previous: { readonly revision: PackageRevision; readonly contents: Contents } | undefined;
  /** Users who edited its files, or changed its spec, labels or annotations. */
  readonly authors: readonly string[];
}

const MAX_ATTEMPTS = 5;

/**
 * Reads a proposal and its files. They belong together: the object did not change while the frozen files were read, so
 * that they were not withdrawn, edited and proposed again meanwhile.
 */
export async function readReview(context: Context, found: PackageRevision): Promise<Review> {
  const cluster = await context.cluster();
  const { client } = cluster;
  const { namespace, name } = found.metadata;
  let revision = found;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const contents = await readContents(context, revision);
    const now = await client.get(packageRevisions, { namespace, name });
    const isSame = now.metadata.resourceVersion === revision.metadata.resourceVersion;
    const { proposal, lifecycle } = now.status ?? {};
    const isFrozen = contents.pages.every((page) => page.status?.frozen === true);
    if (isSame && isFrozen && proposal !== undefined && lifecycle === "proposed") {
      const base = previousOf(now, await listRevisions(cluster, namespace, now.spec.packageRevID));
      const previous = base && { revision: base, contents: await readContents(context, base) };
      const repository = await readRepositoryOf(cluster, now);
      return { revision: now, proposal, repository, contents, previous, authors: authorsOf(now, contents.pages) };
    }
    if (lifecycle !== "proposed") throw new CliError("conflict", `${shortName(now)} is ${lifecycle} by now`);
    revision = now;
  }
  throw new CliError("conflict", `${shortName(found)} changes all the time: try again`);
}
