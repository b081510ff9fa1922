import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { type KubeObject, metadataOf, type Resource } from "../../kube/client/resource.ts";
import { Reflector, type ReflectorOptions } from "../../kube/informer/informer.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { unlessAborted } from "../../runtime/unless-aborted.ts";
import { contentsIndexes, type RevisionIndex, repositoryIndexes, revisionIndexes } from "./indexes.ts";
import { packageContents, packageRevisions, repositories, secrets } from "./kinds.ts";

/** A watch that ends is opened again within a second; when it is not for longer, what is done is done on old knowledge. */
const CUT_OFF_MS = 5_000;

/** What the operator watches. */
export interface Sources {
  readonly repositories: Reflector<Repository, "credentials">;
  readonly revisions: Reflector<PackageRevision, RevisionIndex>;
  readonly contents: Reflector<KubeObject, "owner">;
  /** Metadata only. */
  readonly secrets: Reflector<KubeObject>;
}

export interface SourcesOptions {
  readonly client: KubeClient;
  /** None: all. */
  readonly namespaces: readonly string[];
  readonly onError: (error: unknown) => void;
  /** How long a watch may be silent; the default if left out. */
  readonly silenceMs: number | undefined;
}

export function watchSources({ client, namespaces, onError, silenceMs }: SourcesOptions): Sources {
  const scope = {
    ...(namespaces.length > 0 && { namespaces }),
    ...(silenceMs !== undefined && { silenceMs }),
  };
  const watch = <T extends KubeObject, I extends string>(
    resource: Resource<T>,
    indexes: NonNullable<ReflectorOptions<T, I>["indexes"]>,
  ) => new Reflector<T, I>({ client, resource, indexes, onError, ...scope });
  return {
    repositories: watch(repositories, repositoryIndexes),
    revisions: watch(packageRevisions, revisionIndexes),
    contents: watch(metadataOf(packageContents), contentsIndexes),
    secrets: watch<KubeObject, never>(metadataOf(secrets), {}),
  };
}

/** Lists and watches; what comes after may rely on full caches. */
export function watching(sources: Sources): Runnable {
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
export function checkUpToDate(sources: Sources): void {
  const namesOf = (which: (source: Reflector<KubeObject>) => boolean) =>
    allOf(sources).flatMap(([name, source]) => (which(source) ? [name] : []));
  const behind = namesOf((source) => !source.hasSynced);
  if (behind.length > 0) throw new Error(`not listed yet: ${behind.join(", ")}`);
  const cutOff = namesOf((source) => source.cutOffMs > CUT_OFF_MS);
  if (cutOff.length > 0) throw new Error(`the API server tells nothing of what happens to: ${cutOff.join(", ")}`);
}

function allOf(sources: Sources): readonly (readonly [string, Reflector<KubeObject>])[] {
  return Object.entries(sources);
}
