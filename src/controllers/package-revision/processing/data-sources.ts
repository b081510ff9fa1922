import { type PackageOfTarget, TargetData, type TargetDataOptions } from "../targets/target-data.ts";
import { type ClusterAccess, ClusterData, type ClusterDataOptions } from "./cluster-data.ts";
import type { DataSource } from "./data-rounds.ts";

export type DataSourcesOptions = TargetDataOptions & ClusterDataOptions;

/** Where a package may look. */
export interface DataPlaces {
  /** Absent: it is for no target. */
  readonly place?: PackageOfTarget | undefined;
  /** Absent: its Repository allows nothing. */
  readonly access?: ClusterAccess | undefined;
}

/** Where data blocks find objects that the inputs do not have. */
export class DataSources {
  readonly #targets: TargetData;
  readonly #cluster: ClusterData;

  constructor(options: DataSourcesOptions) {
    this.#targets = new TargetData(options);
    this.#cluster = new ClusterData(options);
  }

  /** @param key `namespace/name` of the package revision */
  sourceOf(key: string, { place, access }: DataPlaces): DataSource {
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
