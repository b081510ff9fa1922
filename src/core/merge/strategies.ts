import { isMap, type YAMLMap, YAMLMap as YamlMap } from "yaml";
import { sameBytes } from "../files/package-file.ts";
import { utf8Text } from "../files/utf8-text.ts";
import { KPTFILE } from "../render/kptfile.ts";
import { mapAt } from "../render/nodes/read.ts";
import { removeKey } from "../render/nodes/write.ts";
import { readYamlFile } from "../yaml-edit/yaml-file.ts";
import { isSame } from "./nodes.ts";
import type { FileMap } from "./package-side.ts";
import type { Three } from "./three.ts";

/**
 * - `resource-merge`: changes of both sides, by resource and field.
 * - `fast-forward`: upstream, if the local side has changed nothing.
 * - `replace`: upstream, whatever the local side has changed or added.
 * - `copy`: upstream over what the local side has: files that only the local side has stay.
 *
 * The Kptfile of the package is merged in each of them.
 */
export type MergeStrategy = "resource-merge" | "fast-forward" | "replace" | "copy";

/** Paths of local changes that a message names. */
const MAX_NAMED = 5;

/** The local side as a strategy looks at it: without the changes that are not kept. */
export function localFor(strategy: MergeStrategy, { base, local }: Three<FileMap>): FileMap {
  if (strategy !== "replace" && strategy !== "copy") return local;
  const kptfile = local.get(KPTFILE);
  const files = new Map(base);
  if (kptfile === undefined) files.delete(KPTFILE);
  else files.set(KPTFILE, kptfile);
  return files;
}

/** Files that a strategy keeps beside what is merged. */
export function keptFiles(strategy: MergeStrategy, { base, upstream, local }: Three<FileMap>): FileMap {
  if (strategy !== "copy") return new Map();
  return new Map([...local].filter(([path]) => !base.has(path) && !upstream.has(path)));
}

/** Why a package cannot be moved to its new upstream without a merge. */
export function describeLocalChanges({ base, local }: Three<FileMap>): string | undefined {
  const changed = [...new Set([...base.keys(), ...local.keys()])].filter((path) => {
    const [was, mine] = [base.get(path), local.get(path)];
    if (was !== undefined && mine !== undefined && sameBytes(was, mine)) return false;
    return path !== KPTFILE || mine === undefined || !isSame(ownFields(was), ownFields(mine));
  });
  if (changed.length === 0) return undefined;
  const named = changed
    .sort()
    .slice(0, MAX_NAMED)
    .map((path) => JSON.stringify(path.slice(0, 200)));
  const more = changed.length > MAX_NAMED ? ` and ${changed.length - MAX_NAMED} more` : "";
  return `the package has local changes in ${named.join(", ")}${more}: use the strategy resource-merge`;
}

/** What of a Kptfile is not written by tools. Undefined for a file that is no Kptfile. */
function ownFields(bytes: Uint8Array | undefined): YAMLMap | undefined {
  if (bytes === undefined) return new YamlMap();
  const text = utf8Text(bytes);
  const file = text === undefined ? undefined : readYamlFile(text);
  const root: unknown = file === undefined || "problems" in file ? undefined : file.documents[0]?.document.contents;
  if (!isMap(root)) return undefined;
  for (const key of ["apiVersion", "kind", "upstream", "upstreamLock", "inventory", "status"]) removeKey(root, key);
  const metadata = mapAt(root, "metadata");
  if (metadata !== undefined) for (const key of ["name", "namespace"]) removeKey(metadata, key);
  if (metadata?.items.length === 0) removeKey(root, "metadata");
  return root;
}
