import { compare } from "../../../core/identity/compare.ts";
import { typeOf } from "../../../core/validation/target/inventory.ts";
import type { Target } from "./published-targets.ts";

/** The type in the ids of CustomResourceDefinitions. */
const DEFINITION = "CustomResourceDefinition.apiextensions.k8s.io";

/** A file of a target that defines kinds. */
export interface DefinitionFile {
  /** From the target's folder. */
  readonly path: string;
  /** When the latest revision of its package was published, in seconds since 1970. */
  readonly publishedAt?: number;
  /** Its CustomResourceDefinitions that are wanted. */
  readonly ids: readonly string[];
}

/** By the id of a CustomResourceDefinition that several files have: these, in the order in which they count. */
export type Precedence = ReadonlyMap<string, string>;

/** The files that define kinds of these API groups, those first whose packages were published last. */
export function definitionFiles(target: Target, groups: readonly string[]): readonly DefinitionFile[] {
  const wanted = new Set(groups);
  return allDefinitions(target, (id) => wanted.has(definedGroup(id) ?? ""));
}

export function precedenceOf(target: Target): Precedence {
  const files = new Map<string, string[]>();
  for (const { path, ids } of allDefinitions(target, () => true)) {
    for (const id of ids) {
      const known = files.get(id);
      if (known === undefined) files.set(id, [path]);
      else known.push(path);
    }
  }
  const contested = [...files].filter(([, { length }]) => length > 1);
  return new Map(contested.map(([id, paths]) => [id, JSON.stringify(paths)]));
}

/** The API group of the kind that a CustomResourceDefinition with this id defines; undefined for another object. */
export function definedGroup(id: string): string | undefined {
  const dot = id.indexOf(".", DEFINITION.length + 1);
  return typeOf(id) === DEFINITION && dot !== -1 ? id.slice(dot + 1) : undefined;
}

function allDefinitions(target: Target, isWanted: (id: string) => boolean): readonly DefinitionFile[] {
  const files = [...target.inventory.filesOfType(DEFINITION)].flatMap((path): readonly DefinitionFile[] => {
    const ids = target.inventory.idsOf(path).filter((id) => typeOf(id) === DEFINITION && isWanted(id));
    if (ids.length === 0) return [];
    const publishedAt = publicationOf(target, path);
    return [{ path, ids, ...(publishedAt !== undefined && { publishedAt }) }];
  });
  return files.sort((a, b) => (b.publishedAt ?? 0) - (a.publishedAt ?? 0) || compare(a.path, b.path));
}

/** Of the innermost published package whose folder has the file. */
function publicationOf({ path: folder, store }: Target, file: string): number | undefined {
  for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1)) {
    const latest = store.latest(`${folder}/${file.slice(0, end)}`);
    if (latest !== undefined) return latest.time;
  }
  return undefined;
}
