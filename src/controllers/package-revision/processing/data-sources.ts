import { type PackageOfTarget, TargetData, type TargetDataOptions } from "../targets/target-data.ts";
import type { DataSource } from "./data-rounds.ts";

/** Where data blocks find objects that the inputs do not have. */
export class DataSources {
  readonly #targets: TargetData;

  constructor(options: TargetDataOptions) {
    this.#targets = new TargetData(options);
  }

  /** @param place undefined: the package is for no target */
  sourceOf(key: string, place: PackageOfTarget | undefined): DataSource {
    return {
      findPublished: async (requests) => {
        const advice = "give it in spec.inputs";
        if (place === undefined) return { published: [], advice };
        const { files, isTooMuch } = await this.#targets.find(place, requests);
        const published = isTooMuch
          ? "; the files of published packages that may have it are too many or too large to be read"
          : `, or publish a package of ${place.target.path} that has it`;
        return { published: files, advice: `${advice}${published}` };
      },
      readCluster: async () => ({ cluster: [], advice: "" }),
      forget: () => this.forget(key),
    };
  }

  forget(key: string): void {
    this.#targets.forget(key);
  }

  repositoryChanged(repository: string): void {
    this.#targets.repositoryChanged(repository);
  }
}
