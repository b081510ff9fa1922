import { type PackageRevision, PKG_GROUP } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { PackageVariant } from "../../src/api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../src/api/v1alpha1/package-variant-set.ts";
import { CONFIG_GROUP, type Repository } from "../../src/api/v1alpha1/repository.ts";
import { locationOf, packagePath } from "../../src/core/identity/location.ts";
import { branchRef } from "../../src/core/identity/refs.ts";
import { parsePublicKeys } from "../../src/storage/git/signing/parse-public-keys.ts";
import { fingerprint } from "../../src/storage/git/signing/signer-of.ts";
import type { Ledger } from "./ledger.ts";
import type { ClusterView, Leftover, Observation, RemoteView, Skipped } from "./observation.ts";
import { readRefIds, readRemote } from "./read-remote.ts";
import type { Traces } from "./resync.ts";
import { conditionOf, isInStep, keyOf } from "./situation.ts";

/** Access to the system that is checked. */
export interface Subject {
  /** All objects that a path below /apis lists, such as `GROUP/v1alpha1/namespaces/NAME/PLURAL`. */
  list<T>(path: string): Promise<readonly T[]>;
  /** Namespaces to check; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /**
   * The folder of a Repository's remote, or of a fresh mirror of it; undefined if the remote cannot be reached from
   * here. Throws an Error that holds git's message.
   */
  remote(repository: Repository): Promise<string | undefined>;
  /** The operator's public keys, as its ConfigMap has them. */
  signers(): Promise<string>;
  /** The values of a Secret, base64; undefined if there is none. */
  secret(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Requests a sync with the annotation. */
  requestSync(repository: Repository, value: string): Promise<void>;
  /** Processes and files that the operator should not have left on its machine. */
  leftovers?(): Promise<readonly Leftover[]>;
}

export async function observeCluster(subject: Subject): Promise<ClusterView> {
  const [repositories, variants, sets, revisions, contents] = await Promise.all([
    observeRepositories(subject),
    list<PackageVariant>(subject, CONFIG_GROUP, "packagevariants"),
    list<PackageVariantSet>(subject, CONFIG_GROUP, "packagevariantsets"),
    list<PackageRevision>(subject, PKG_GROUP, "packagerevisions"),
    list<PackageRevisionResources>(subject, PKG_GROUP, "packagerevisionresourceses"),
  ]);
  return { repositories, variants, sets, revisions, contents };
}

export async function observeRepositories(subject: Subject): Promise<readonly Repository[]> {
  return await list<Repository>(subject, CONFIG_GROUP, "repositories");
}

async function list<T>(subject: Subject, group: string, plural: string): Promise<readonly T[]> {
  const places = subject.namespaces?.map((name) => `namespaces/${name}/`) ?? [""];
  const lists = await Promise.all(places.map((place) => subject.list<T>(`${group}/v1alpha1/${place}${plural}`)));
  return lists.flat();
}

/**
 * Reads all objects and the remotes of the Repositories that are in step with them. A remote that several share is read
 * once.
 */
export async function observe(subject: Subject, ledger: Partial<Ledger> = {}): Promise<Observation> {
  const cluster = await observeCluster(subject);
  const signers = await subject.signers();
  const read = await readRemotes(subject, cluster.repositories.filter(isInStep), async (dir, repositories) => {
    const mainRefs = new Set(repositories.map(({ spec }) => branchRef(spec.git?.ref ?? "main")));
    return await readRemote(dir, { mainRefs, paths: editedPaths(repositories, cluster, ledger), signers });
  });
  const keys = await readKeys(subject, cluster.repositories);
  const remotes = new Map<string, RemoteView>();
  const skipped = new Map(
    cluster.repositories.filter((one) => !isInStep(one)).map((one) => [keyOf(one), notReady(one)]),
  );
  for (const [key, one] of read) {
    if (one.kind === "read") remotes.set(key, one.value);
    else skipped.set(key, one);
  }
  return { cluster, remotes, skipped, keys, leftovers: (await subject.leftovers?.()) ?? [] };
}

async function readKeys(
  subject: Subject,
  repositories: readonly Repository[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const keys = new Map<string, ReadonlySet<string>>();
  for (const one of repositories.filter(isInStep)) {
    const name = one.spec.verification?.secretRef?.name;
    const secret = name === undefined ? undefined : await subject.secret(one.metadata.namespace, name);
    const lines = Object.values(secret ?? {}).map((value) => Buffer.from(value, "base64").toString("utf8"));
    keys.set(keyOf(one), new Set(lines.flatMap(parsePublicKeys).map(fingerprint)));
  }
  return keys;
}

function notReady(repository: Repository): Skipped {
  const { reason = "Unknown", message = "" } = conditionOf(repository, "Ready") ?? {};
  return { kind: "notReady", reason, message: `it is ${reason}: ${message}` };
}

/** Reads only resource versions and refs: whether anything was written. */
export async function observeTraces(subject: Subject): Promise<Traces> {
  const cluster = await observeCluster(subject);
  const read = await readRemotes(subject, cluster.repositories, readRefIds);
  const refs = [...read].flatMap(([key, one]) => (one.kind === "read" ? [[key, one.value] as const] : []));
  return { cluster, refs: new Map(refs) };
}

type ReadResult<T> = { readonly kind: "read"; readonly value: T } | Skipped;

/** Reads each remote once; `namespace/name` of a Repository → result. */
async function readRemotes<T>(
  subject: Subject,
  repositories: readonly Repository[],
  read: (dir: string, repositories: readonly Repository[]) => Promise<T>,
): Promise<ReadonlyMap<string, ReadResult<T>>> {
  const results = new Map<string, ReadResult<T>>();
  const dirs = new Map<string, Repository[]>();
  for (const repository of repositories) {
    try {
      const dir = await subject.remote(repository);
      if (dir === undefined) results.set(keyOf(repository), unreachable(repository));
      else dirs.set(dir, [...(dirs.get(dir) ?? []), repository]);
    } catch (error) {
      results.set(keyOf(repository), unreadable(error));
    }
  }
  const reads = [...dirs].map(async ([dir, sharing]) => {
    const result = await read(dir, sharing).then((value) => ({ kind: "read" as const, value }), unreadable);
    for (const repository of sharing) results.set(keyOf(repository), result);
  });
  await Promise.all(reads);
  return results;
}

function unreachable({ spec }: Repository): Skipped {
  const message = `its remote ${spec.git?.url} cannot be reached from here`;
  return { kind: "unreachable", reason: "unreachable", message };
}

function unreadable(error: unknown): Skipped {
  return { kind: "unreadable", reason: "unreadable", message: error instanceof Error ? error.message : String(error) };
}

/** Paths from the repositories' root whose history shows whether acknowledged edits are in Git. */
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
