import type { Repository } from "../../api/v1alpha1/repository.ts";
import { parseDuration } from "../identity/duration.ts";

const DEFAULT_RETENTION_MS = 720 * 3_600_000;

/** How long the last commit of a deleted draft is kept, in milliseconds; 0: not at all. */
export function deletedDraftRetentionMs(repository: Repository | undefined): number {
  return parseDuration(repository?.spec.deletedDrafts?.retention ?? "") ?? DEFAULT_RETENTION_MS;
}
