import type { FileCheck } from "../file-check.ts";
import { type ReadYaml, readYaml } from "../yaml/check-yaml.ts";
import { createYamlCheck } from "./yaml.ts";

/**
 * The checks that run on the files of drafts and proposals. To add one, write a `FileCheck` beside this file and list
 * it here.
 * @param read for those who need the documents, too: each file is then read once
 */
export function fileChecks(read: ReadYaml): readonly FileCheck[] {
  return [createYamlCheck(read)];
}

export const FILE_CHECKS: readonly FileCheck[] = fileChecks(readYaml);
