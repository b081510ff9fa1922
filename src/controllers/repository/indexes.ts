import type { Repository } from "../../api/v1alpha1/repository.ts";
import { keysOf } from "../shared/indexes.ts";

export const repositoryIndexes = {
  /** `namespace/name` of the Secret. */
  credentials: ({ metadata, spec }: Repository) => keysOf(metadata.namespace, spec.git?.credentials),
};
