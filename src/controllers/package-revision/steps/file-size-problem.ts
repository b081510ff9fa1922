import { canBeShown, MAX_SHOWN } from "../../../core/files/package-file.ts";
import type { ContentsProblem } from "../../../core/files/pages.ts";

/**
 * Neither a reviewer nor a later validation would see a file that is too large to be shown.
 *
 * @param changed what the operator would write
 * @param by what changes them: `render`
 */
export function fileSizeProblem(
  changed: Iterable<readonly [path: string, bytes: Uint8Array]>,
  by: "merge" | "render",
): ContentsProblem | undefined {
  const [path] = Iterator.from(changed).find(([path, bytes]) => !canBeShown(path, bytes)) ?? [];
  if (path === undefined) return undefined;
  const shown = JSON.stringify(path);
  const message = `the ${by} makes ${shown} take more than ${MAX_SHOWN} bytes of JSON: split its objects into files`;
  return { reason: "FileTooLarge", message };
}
