import type { FileCheck } from "../file-check.ts";
import { yamlCheck } from "./yaml.ts";

/**
 * The checks that run on the files of drafts and proposals. To add one, write a `FileCheck` beside this file and list
 * it here.
 */
export const FILE_CHECKS: readonly FileCheck[] = [yamlCheck];
