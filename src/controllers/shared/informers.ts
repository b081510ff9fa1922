import type { KubeObject, Resource } from "../../api/meta.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import type { IndexFunc } from "../../kube/informer/indexer.ts";
import { Informer, type InformerOptions } from "../../kube/informer/informer.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { unlessAborted } from "../../runtime/unless-aborted.ts";

/** A watch that ends is reopened within a second. When it stays closed for longer, decisions are based on old data. */
const MAX_DISCONNECTED_MS = 5_000;

/** The part of an informer that a controller's `watches.ts` uses. */
export type WatchedInformer<T extends KubeObject, I extends string = never> = Pick<
  Informer<T, I>,
  "lister" | "onChange" | "onRelist"
>;

/** An informer, whatever its objects are. */
type AnyInformer = Pick<Informer<KubeObject>, "synced" | "hasSynced" | "disconnectedMs" | "start" | "stop">;

export interface InformerFactoryOptions {
  readonly client: KubeClient;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly onError: (error: unknown) => void;
  /** How long a watch may be silent before it is reopened. Default: that of `Informer`. */
  readonly silenceMs?: number;
}

/**
 * Creates the informers of all controllers, one a resource: controllers that watch the same resource share its cache.
 * As a `Runnable` it starts them all, and has started once all have synced.
 */
export class InformerFactory implements Runnable {
  readonly name = "watches";
  readonly #options: InformerFactoryOptions;
  readonly #byResource = new Map<string, { readonly resource: Resource; readonly informer: AnyInformer }>();
  #isStarted = false;

  constructor(options: InformerFactoryOptions) {
    this.#options = options;
  }

  /**
   * The informer of a resource, with at least these indexes. `asPartialMetadata(resource)` has an informer of its own.
   * Throws after `start`, and where an index of the name has another function. The first call for a resource decides on
   * `transform`: the part of an object that is kept.
   */
  forResource<T extends KubeObject, I extends string = never>(
    resource: Resource<T>,
    indexes: Readonly<Record<I, IndexFunc<T>>> = {} as Record<I, IndexFunc<T>>,
    options: Pick<InformerOptions<T>, "transform"> = {},
  ): Informer<T, I> {
    if (this.#isStarted) throw new Error(`${resource.plural}: informers must be created before they are started`);
    const id = idOf(resource);
    const known = this.#byResource.get(id);
    // The objects of a resource have one type: that in the type of the resource.
    const informer = (known?.informer as Informer<T> | undefined) ?? this.#create(resource, options);
    if (known === undefined) this.#byResource.set(id, { resource, informer });
    return informer.addIndexes(indexes);
  }

  async start(stopping: AbortSignal): Promise<void> {
    this.#isStarted = true;
    const all = [...this.#byResource.values()];
    for (const { informer } of all) informer.start();
    await unlessAborted(stopping, Promise.all(all.map(({ informer }) => informer.synced)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byResource.values()].map(({ informer }) => informer.stop()));
  }

  /** Throws, naming the resources, while caches are incomplete or may be out of date. */
  assertFresh(): void {
    const behind = this.#pluralsOf((informer) => !informer.hasSynced);
    if (behind.length > 0) throw new Error(`not listed yet: ${behind.join(", ")}`);
    const disconnected = this.#pluralsOf((informer) => informer.disconnectedMs > MAX_DISCONNECTED_MS);
    if (disconnected.length > 0) throw new Error(`the API server reports no changes of: ${disconnected.join(", ")}`);
  }

  #create<T extends KubeObject>(resource: Resource<T>, options: Pick<InformerOptions<T>, "transform">): Informer<T> {
    const { client, namespaces, onError, silenceMs } = this.#options;
    return new Informer<T>({
      client,
      resource,
      onError,
      ...options,
      ...(resource.namespaced && namespaces.length > 0 && { namespaces }),
      ...(silenceMs !== undefined && { silenceMs }),
    });
  }

  #pluralsOf(matches: (informer: AnyInformer) => boolean): readonly string[] {
    return [...this.#byResource.values()].flatMap((one) => (matches(one.informer) ? [one.resource.plural] : []));
  }
}

function idOf({ group, plural, metadataOnly = false }: Resource): string {
  return `${plural}.${group}${metadataOnly ? " (metadata)" : ""}`;
}
