import { type PackageRevision, PKG_GROUP } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { CONFIG_GROUP, type Repository } from "../../src/api/v1alpha1/repository.ts";
import { locationOf, packagePath } from "../../src/core/identity/location.ts";
import { branchRef } from "../../src/core/identity/refs.ts";
import type { Ledger } from "./ledger.ts";
import type { ClusterView, Leftover, Observation } from "./observation.ts";
import { readRefIds, readRemote } from "./read-remote.ts";
import type { Traces } from "./resync.ts";
import { keyOf } from "./situation.ts";

/** What is observed, and how. */
export interface Subject {
  /** All objects that a path below /apis lists, such as `GROUP/v1alpha1/namespaces/NAME/PLURAL`. */
  list<T>(path: string): Promise<readonly T[]>;
  /** Namespaces to look at; undefined: all of them. */
  readonly namespaces: readonly string[] | undefined;
  /** The folder of a Repository's remote, or of a fresh mirror of it; undefined where there is none to be had. */
  remote(repository: Repository): Promise<string | undefined>;
  /** Asks for a sync, by the annotation. */
  requestSync(repository: Repository, value: string): Promise<void>;
  /** What the operator should not have left where it runs. */
  leftovers?(): Promise<readonly Leftover[]>;
}

export async function observeCluster(subject: Subject): Promise<ClusterView> {
  const list = async <T>(group: string, plural: string) => {
    const places = subject.namespaces?.map((name) => `namespaces/${name}/`) ?? [""];
    const lists = await Promise.all(places.map((place) => subject.list<T>(`${group}/v1alpha1/${place}${plural}`)));
    return lists.flat();
  };
  const [repositories, revisions, contents] = await Promise.all([
    list<Repository>(CONFIG_GROUP, "repositories"),
    list<PackageRevision>(PKG_GROUP, "packagerevisions"),
    list<PackageRevisionResources>(PKG_GROUP, "packagerevisionresourceses"),
  ]);
  return { repositories, revisions, contents };
}

/** Reads everything. Remotes that several Repositories share are read once. */
export async function observe(subject: Subject, ledger: Partial<Ledger> = {}): Promise<Observation> {
  const cluster = await observeCluster(subject);
  const remotes = await readPlaces(subject, cluster, async (dir, repositories) => {
    const mainRefs = new Set(repositories.map(({ spec }) => branchRef(spec.git?.ref ?? "main")));
    return await readRemote(dir, { mainRefs, paths: editedPaths(repositories, cluster, ledger) });
  });
  return { cluster, remotes, leftovers: (await subject.leftovers?.()) ?? [] };
}

/** Reads only what tells whether anything was written. */
export async function observeTraces(subject: Subject): Promise<Traces> {
  const cluster = await observeCluster(subject);
  return { cluster, refs: await readPlaces(subject, cluster, readRefIds) };
}

/** Reads each remote once; `namespace/name` of a Repository → what was read. */
async function readPlaces<T>(
  subject: Subject,
  { repositories }: ClusterView,
  read: (dir: string, repositories: readonly Repository[]) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const places = new Map<string, Repository[]>();
  for (const repository of repositories) {
    const dir = await subject.remote(repository);
    if (dir !== undefined) places.set(dir, [...(places.get(dir) ?? []), repository]);
  }
  const all = [...places].map(async ([dir, some]) => {
    const found = await read(dir, some);
    return some.map((repository) => [keyOf(repository), found] as const);
  });
  return new Map((await Promise.all(all)).flat());
}

/** The files, from the repositories' root, whose history tells whether edits that were acknowledged are there. */
function editedPaths(
  repositories: readonly Repository[],
  { revisions }: ClusterView,
  { edits = [] }: Partial<Ledger>,
): readonly string[] {
  if (edits.length === 0) return [];
  return revisions.flatMap((revision) => {
    const { packageRevID: id } = revision.spec;
    const repository = repositories.find(
      ({ metadata }) => metadata.name === id.repository && metadata.namespace === revision.metadata.namespace,
    );
    if (repository === undefined) return [];
    const layout = {
      directory: repository.spec.git?.directory ?? "",
      deployment: repository.spec.deployment ?? false,
    };
    const path = packagePath(layout, locationOf(id, layout));
    const own = edits.filter((edit) => edit.revision === keyOf(revision));
    return own.flatMap(({ files }) => [...files.keys()].map((file) => `${path}/${file}`));
  });
}
