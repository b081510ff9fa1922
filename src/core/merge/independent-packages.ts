import { utf8Text } from "../files/utf8-text.ts";
import { KPTFILE } from "../render/kptfile.ts";
import { nodeAt } from "../render/nodes/read.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import { isSame } from "./nodes.ts";
import type { FileMap } from "./package-side.ts";
import type { Three } from "./three.ts";

/**
 * The folders of packages below the merged one that the local side has upgraded by itself: their Kptfiles have another
 * upstream than in the base. As kpt does, a merge leaves them as they are.
 */
export function independentPackages(files: Three<FileMap>): readonly string[] {
  const found = [...files.local.keys()].flatMap((path) => {
    if (!path.endsWith(`/${KPTFILE}`)) return [];
    const [was, mine] = [upstreamIn(files.base.get(path)), upstreamIn(files.local.get(path))];
    return was !== undefined && !isSame(was, mine) ? [path.slice(0, -KPTFILE.length)] : [];
  });
  return found.filter((folder) => !found.some((other) => other !== folder && folder.startsWith(other)));
}

function upstreamIn(bytes: Uint8Array | undefined): unknown {
  const text = bytes === undefined ? undefined : utf8Text(bytes);
  const file = text === undefined ? undefined : readYamlFile(text);
  return file === undefined || "problems" in file
    ? undefined
    : nodeAt(file.documents[0]?.document.contents, "upstream");
}
