import { utf8Text } from "../files/utf8-text.ts";
import { CONFLICTS_PATH } from "../merge/conflict-file.ts";
import { KPTFILE } from "../render/kptfile.ts";
import { isKrmFile } from "../render/packages.ts";
import { yamlCheck } from "../validation/checks/yaml.ts";
import { IGNORE_FILE } from "../validation/ignore/ignore-file.ts";
import { KFORM_PREFIX } from "../validation/objects/kform-blocks.ts";
import { failedResult, type ProcessResult, type ProcessSettings } from "./process-package.ts";

/** YAML of a package that is rendered and validated: more does not fit into the memory of the worker process. */
export const MAX_PROCESSED_BYTES = 10 * 1024 * 1024;

/** True for files that a render or a validation reads. */
export function isProcessed(path: string): boolean {
  return isKrmFile(path) || yamlCheck.applies(path) || baseName(path) === IGNORE_FILE;
}

/**
 * The result for a package with more YAML than may be processed. Where nothing of it would be rendered, and no policy
 * of the Repository is evaded, it is not held back.
 */
export function tooLarge(files: readonly ReadFile[], { policies }: Pick<ProcessSettings, "policies">): ProcessResult {
  const message = `the package has more than ${MAX_PROCESSED_BYTES / 1024 / 1024} MiB of YAML, which is not rendered and not validated`;
  const isChecked = policies.some(({ severity = "error" }) => severity === "error");
  const isUnresolved = files.some(({ path }) => path === CONFLICTS_PATH);
  if (isChecked || isUnresolved || files.some(mayBeRendered)) return failedResult({ reason: "LimitExceeded", message });
  const validation = { errors: 0, warnings: 1, problems: [] };
  const results = [{ severity: "warning", source: "validation", message }] as const;
  return { render: { kind: "none" }, validation, results, resultsCount: 1 };
}

interface ReadFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** True for a Kptfile with a pipeline, and for blocks of the package language. May be true for others. */
function mayBeRendered({ path, bytes }: ReadFile): boolean {
  const text = utf8Text(bytes) ?? "";
  // A key may be written with escapes.
  if (baseName(path) === KPTFILE) return text.includes("pipeline") || text.includes("\\");
  return text.includes(KFORM_PREFIX) || /\\[xu]/i.test(text);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
