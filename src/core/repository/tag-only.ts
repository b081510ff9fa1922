import type { Repository } from "../../api/v1alpha1/repository.ts";

/** True if published packages are tags alone: others write the branch of published packages, or there is none. */
export function isTagOnly(repository: Pick<Repository, "spec"> | undefined): boolean {
  return repository?.spec.publish === "tagOnly";
}
