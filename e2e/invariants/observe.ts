import { type PackageRevision, PKG_GROUP } from "../../src/api/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/package-revision-resources.ts";
import { CONFIG_GROUP, type Repository } from "../../src/api/repository.ts";
import { locationOf, packagePath } from "../../src/core/identity/location.ts";
import { branchRef } from "../../src/core/identity/refs.ts";
import type { Ledger } from "./ledger.ts";
import type { ClusterView, Leftover, Observation, RemoteView } from "./observation.ts";
import { readRemote } from "./read-remote.ts";
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
  const places = new Map<string, Repository[]>();
  for (const repository of cluster.repositories) {
    const dir = await subject.remote(repository);
    if (dir !== undefined) places.set(dir, [...(places.get(dir) ?? []), repository]);
  }
  const read = [...places].map(async ([dir, repositories]): Promise<readonly [string, RemoteView][]> => {
    const mainRefs = new Set(repositories.map(({ spec }) => branchRef(spec.git?.ref ?? "main")));
    const remote = await readRemote(dir, { mainRefs, paths: editedPaths(repositories, cluster, ledger) });
    return repositories.map((repository) => [keyOf(repository), remote]);
  });
  const remotes = new Map((await Promise.all(read)).flat());
  return { cluster, remotes, leftovers: (await subject.leftovers?.()) ?? [] };
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
