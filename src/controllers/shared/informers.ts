import { asPartialMetadata, type KubeObject, type Resource } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { Informer, type InformerOptions } from "../../kube/informer/informer.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { unlessAborted } from "../../runtime/unless-aborted.ts";
import { contentsIndexes, type RevisionIndex, repositoryIndexes, revisionIndexes } from "./indexes.ts";
import { packageContents, packageRevisions, repositories, secrets } from "./kinds.ts";

/** A watch that ends is opened again within a second; when it is not for longer, what is done is done on old knowledge. */
const CUT_OFF_MS = 5_000;

/** What the operator watches. */
export interface Informers {
  readonly repositories: Informer<Repository, "credentials">;
  readonly revisions: Informer<PackageRevision, RevisionIndex>;
  readonly contents: Informer<KubeObject, "owner">;
  /** Metadata only. */
  readonly secrets: Informer<KubeObject>;
}

export interface InformersOptions {
  readonly client: KubeClient;
  /** None: all. */
  readonly namespaces: readonly string[];
  readonly onError: (error: unknown) => void;
  /** How long a watch may be silent; the default if left out. */
  readonly silenceMs: number | undefined;
}

export function createInformers({ client, namespaces, onError, silenceMs }: InformersOptions): Informers {
  const scope = {
    ...(namespaces.length > 0 && { namespaces }),
    ...(silenceMs !== undefined && { silenceMs }),
  };
  const watch = <T extends KubeObject, I extends string>(
    resource: Resource<T>,
    indexes: NonNullable<InformerOptions<T, I>["indexes"]>,
  ) => new Informer<T, I>({ client, resource, indexes, onError, ...scope });
  return {
    repositories: watch(repositories, repositoryIndexes),
    revisions: watch(packageRevisions, revisionIndexes),
    contents: watch(asPartialMetadata(packageContents), contentsIndexes),
    secrets: watch<KubeObject, never>(asPartialMetadata(secrets), {}),
  };
}

/** Lists and watches; what comes after may rely on full caches. */
export function informersRunnable(sources: Informers): Runnable {
  const all = allOf(sources);
  return {
    name: "watches",
    start: async (stopping) => {
      for (const [, source] of all) source.start();
      await unlessAborted(stopping, Promise.all(all.map(([, source]) => source.synced)));
    },
    stop: async () => void (await Promise.all(all.map(([, source]) => source.stop()))),
  };
}

/** Throws, naming the kinds, while what is known of them may be incomplete or old. */
export function assertCachesFresh(sources: Informers): void {
  const namesOf = (which: (source: Informer<KubeObject>) => boolean) =>
    allOf(sources).flatMap(([name, source]) => (which(source) ? [name] : []));
  const behind = namesOf((source) => !source.hasSynced);
  if (behind.length > 0) throw new Error(`not listed yet: ${behind.join(", ")}`);
  const cutOff = namesOf((source) => source.cutOffMs > CUT_OFF_MS);
  if (cutOff.length > 0) throw new Error(`the API server tells nothing of what happens to: ${cutOff.join(", ")}`);
}

function allOf(sources: Informers): readonly (readonly [string, Informer<KubeObject>])[] {
  return Object.entries(sources);
}
