import { pathClashes } from "../files/path-tree.ts";
import { utf8Text } from "../files/utf8-text.ts";
import type { ConflictLog } from "./conflicts.ts";
import type { FileMap } from "./package-side.ts";
import type { Three } from "./three.ts";

/** True if files are in the way of each other that no side has so. */
export function hasNewClashes(
  merged: FileMap,
  { upstream, local }: Pick<Three<FileMap>, "upstream" | "local">,
): boolean {
  const clashes = (files: FileMap) => pathClashes([...files.keys()].sort());
  const known = new Set([...clashes(upstream), ...clashes(local)].map(({ path, problem }) => `${path}\0${problem}`));
  return clashes(merged).some(({ path, problem }) => !known.has(`${path}\0${problem}`));
}

/**
 * Each side is valid by itself; together, a file may be in the place of a folder, or differ only by case. Files of
 * upstream that are in the way of local ones are then left out.
 */
export function withoutClashes(merged: FileMap, sides: Three<FileMap>, log: ConflictLog): FileMap {
  if (!hasNewClashes(merged, sides)) return merged;
  const { local } = sides;
  const names = namesOf(local.keys().filter((path) => merged.has(path)));
  const result = new Map(merged);
  for (const [path, bytes] of merged) {
    if (local.has(path) || !isInTheWay(path, names)) continue;
    log.add({ kind: "file", file: path }, { base: undefined, upstream: utf8Text(bytes), local: undefined });
    result.delete(path);
  }
  return result;
}

/** Files and folders by their names in lower case, as they are spelled; a folder ends in `/`. */
function namesOf(paths: Iterable<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const path of paths) for (const name of partsOf(path)) names.set(fold(name), name);
  return names;
}

function isInTheWay(path: string, names: ReadonlyMap<string, string>): boolean {
  return partsOf(path).some((name) => (names.get(fold(name)) ?? name) !== name);
}

/** `a/b/c` → `a/`, `a/b/`, `a/b/c` */
function partsOf(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/") + (at + 1 < parts.length ? "/" : ""));
}

function fold(name: string): string {
  return name.replace(/\/$/, "").normalize("NFC").toLowerCase();
}
