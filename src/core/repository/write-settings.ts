import type { RepositorySpec } from "../../api/v1alpha1/repository-spec.ts";

/** How a Repository wants to be written to. */
export interface WriteSettings {
  /** The most tags that one push creates and deletes; absent: any number. */
  readonly maxTags?: number;
}

export function writeSettingsOf({ git }: RepositorySpec): WriteSettings {
  const maxTags = git?.push?.maxTags;
  return { ...(maxTags !== undefined && { maxTags }) };
}
