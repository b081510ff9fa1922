import { parseKey } from "../../../api/meta.ts";
import type { DependencyGraph } from "../../../core/dependencies/graph.ts";
import {
  digestOfDefinitions,
  type NeededDefinition,
  neededDefinitions,
} from "../../../core/dependencies/needed-definitions.ts";
import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import type { FoundNeeded } from "../../../core/processing/outside-objects.ts";
import { type PackageOfTarget, TargetData, type TargetDataOptions } from "../targets/target-data.ts";
import { type ClusterAccess, ClusterData, type ClusterDataOptions } from "./cluster-data.ts";
import type { DataSource } from "./data-rounds.ts";

export interface NeededFilesReader {
  /** Never rejects. */
  readonly read: (namespace: string, wanted: readonly NeededDefinition[]) => Promise<FoundNeeded>;
}

export interface DataSourcesOptions extends TargetDataOptions, ClusterDataOptions {
  readonly needed: NeededFilesReader;
}

/** Where a package may look. */
export interface DataPlaces {
  /** Absent: it is for no target. */
  readonly place?: PackageOfTarget | undefined;
  /** Absent: its Repository allows nothing. */
  readonly access?: ClusterAccess | undefined;
  /** What it needs of other packages; undefined while that is not known. */
  readonly needs: (apis: PackageApis) => Promise<{ readonly graph: DependencyGraph } | undefined>;
}

/** Where data blocks find objects that the inputs do not have. */
export class DataSources {
  readonly #targets: TargetData;
  readonly #cluster: ClusterData;
  readonly #needed: DataSourcesOptions["needed"];

  constructor(options: DataSourcesOptions) {
    this.#targets = new TargetData(options);
    this.#cluster = new ClusterData(options);
    this.#needed = options.needed;
  }

  /** @param key `namespace/name` of the package revision */
  sourceOf(key: string, { place, access, needs }: DataPlaces): DataSource {
    return {
      findPublished: async (requests) => {
        const advice = "give it in spec.inputs";
        if (place === undefined) return { published: [], advice };
        const { files, isTooMuch } = await this.#targets.find(place, requests);
        const more = isTooMuch
          ? "; the files of published packages that may have it are too many or too large to be read"
          : `, or publish a package of ${place.target.path} that has it`;
        return { published: files, advice: `${advice}${more}` };
      },
      findDefinitions: async (groups) => {
        return place === undefined
          ? { files: [], isTooMuch: false }
          : await this.#targets.findDefinitions(place, groups);
      },
      needed: async (apis) => {
        const resolved = await needs(apis);
        const wanted = resolved === undefined ? [] : neededDefinitions(resolved.graph);
        const { namespace = "" } = parseKey(key);
        return { digest: digestOfDefinitions(wanted), read: async () => await this.#needed.read(namespace, wanted) };
      },
      readCluster: async (requests) =>
        access === undefined ? { cluster: [], advice: "" } : await this.#cluster.read(key, access, requests),
      forget: () => this.forget(key),
    };
  }

  forget(key: string): void {
    this.#targets.forget(key);
    this.#cluster.forget(key);
  }

  /** The branch of published packages may have moved. */
  repositoryChanged(repository: string): void {
    this.#targets.repositoryChanged(repository);
  }

  /** Looks for changes in the cluster. */
  async poll(): Promise<void> {
    await this.#cluster.poll();
  }
}
