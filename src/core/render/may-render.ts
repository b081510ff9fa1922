import { utf8Text } from "../files/utf8-text.ts";
import { mentionsKform } from "./kform/annotations.ts";
import { OUTPUT_FOLDER } from "./kform/outputs.ts";

interface File {
  readonly path: string;
  readonly bytes?: Uint8Array | undefined;
}

/** False for a package that `render` leaves as it is without looking further: no pipeline, and no kform block. */
export function mayRender(files: Iterable<File>): boolean {
  for (const { path, bytes } of files) {
    const isKptfile = path === "Kptfile" || path.endsWith("/Kptfile");
    if (path.startsWith(`${OUTPUT_FOLDER}/`)) return true;
    if (bytes === undefined || (!isKptfile && path.includes("/"))) continue;
    const text = utf8Text(bytes);
    if (text !== undefined && (isKptfile ? text.includes("pipeline") : mentionsKform(text))) return true;
  }
  return false;
}
