import type { Repository } from "../../api/v1alpha1/repository.ts";
import { keysOf } from "../shared/indexes.ts";

export const repositoryIndexes = {
  /** `namespace/name` of the Secrets: of the credentials, and of the keys of `spec.verification`. */
  secrets: ({ metadata, spec }: Repository) =>
    [spec.git?.credentials, spec.verification?.secretRef?.name].flatMap((name) => keysOf(metadata.namespace, name)),
};
