import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { compareFiles, type FilePair } from "../../core/review/file-pairs.ts";
import type { Cluster, Context } from "../context.ts";
import { identityKey, shortName } from "../names/query.ts";
import { authorsOf } from "./authors.ts";
import { readShownContents } from "./contents.ts";
import { readRepositoryOf } from "./repositories.ts";
import { listRevisions, previousOf } from "./siblings.ts";
import { sourceOf } from "./upstream.ts";

/** What a package revision has to do with others. */
export interface Surroundings {
  /** Undefined if it is gone, or the user may not read it. */
  readonly repository: Repository | undefined;
  /** All revisions of the package, itself included. */
  readonly siblings: readonly PackageRevision[];
  /** The published revision before it; undefined if it is the first. */
  readonly previous: PackageRevision | undefined;
  /** The files that differ from those of `previous`; undefined if one side's files are in Git only. */
  readonly changes: readonly FilePair[] | undefined;
  /** The contents objects; none if its files are in Git only. */
  readonly pages: readonly PackageRevisionResources[];
  /** Users who edited its files, or changed its spec, labels or annotations. */
  readonly authors: readonly string[];
  /** What was cloned from its package, by short names; undefined where the namespace has too many to look at. */
  readonly downstreams: readonly PackageRevision[] | undefined;
}

/** One request lists so many. In a namespace with more, `tree` finds the downstreams. */
const MAX_LISTED = 500;

/** Reads at most 500 other package revisions, and the files of two. Files that are in Git only stay there. */
export async function readSurroundings(context: Context, revision: PackageRevision): Promise<Surroundings> {
  const cluster = await context.cluster();
  const { namespace } = revision.metadata;
  const [repository, siblings, downstreams, own] = await Promise.all([
    readRepositoryOf(cluster, revision),
    listRevisions(cluster, namespace, revision.spec.packageRevID),
    findDownstreams(cluster, revision),
    readShownContents(cluster, revision),
  ]);
  const previous = previousOf(revision, siblings);
  const before = previous === undefined ? undefined : await readShownContents(cluster, previous);
  const isCompared = own !== undefined && (previous === undefined || before !== undefined);
  return {
    repository,
    siblings,
    previous,
    changes: isCompared ? compareFiles(before?.files ?? new Map(), own.files) : undefined,
    pages: own?.pages ?? [],
    authors: authorsOf(revision, own?.pages ?? []),
    downstreams,
  };
}

function isMadeFrom(one: PackageRevision, key: string): boolean {
  const upstream = sourceOf(one);
  return upstream !== undefined && identityKey(upstream) === key;
}

async function findDownstreams(
  { client }: Cluster,
  { metadata, spec }: PackageRevision,
): Promise<readonly PackageRevision[] | undefined> {
  const { namespace } = metadata;
  const page = await client.listPage(packageRevisions, { namespace, limit: MAX_LISTED });
  if (page.continue !== undefined) return undefined;
  const key = identityKey(spec.packageRevID);
  return page.items.filter((one) => isMadeFrom(one, key)).toSorted((a, b) => (shortName(a) < shortName(b) ? -1 : 1));
}
