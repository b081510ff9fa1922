import type { YAMLMap } from "yaml";
import { checkedPath } from "../new-resources.ts";
import { keyText } from "../nodes/read.ts";
import { groupOf, metaOf, type Resource } from "../resource.ts";
import { expandAliases, hasAliases } from "./aliases.ts";
import { type Place, readPlace, removePlace } from "./annotations.ts";
import { mergeMap } from "./merge-node.ts";
import { isSameValue } from "./plain-nodes.ts";

/**
 * The resources after a function: those that it returned, in its order. One is found again by the annotation that it
 * was given, or by what it is if the function has removed that. What a function did not change stays as it is.
 */
export function takeItems(
  before: readonly Resource[],
  places: readonly Place[],
  returned: readonly YAMLMap[],
): readonly Resource[] {
  const byId = new Map(places.map(({ id }, at) => [id, at] as const));
  const found = returned.map((root) => byId.get(readPlace(root).id ?? ""));
  const taken = new Set<number>();
  const known = found.map((at) => {
    if (at === undefined || taken.has(at)) return undefined;
    taken.add(at);
    return at;
  });
  const byIdentity = Map.groupBy(
    before.flatMap(({ root }, at) => (taken.has(at) ? [] : [{ root, at }])),
    ({ root }) => identityOf(root),
  );
  return returned.map((root, index) => {
    const at = known[index] ?? (found[index] === undefined ? byIdentity.get(identityOf(root))?.shift()?.at : undefined);
    const resource = at === undefined ? undefined : before[at];
    if (resource !== undefined) return update(resource, places[at as number] as Place, root);
    orderRoot(root);
    return { root, package: "" };
  });
}

/** Functions sort fields by their names; people expect these first. */
function orderRoot(root: YAMLMap): void {
  const first = ["metadata", "kind", "apiVersion"];
  const rank = (key: unknown) => first.indexOf(keyText(key) ?? "");
  root.items = root.items.toSorted((a, b) => rank(b.key) - rank(a.key));
}

function identityOf(root: YAMLMap): string {
  const { apiVersion, kind, namespace, name } = metaOf(root);
  return JSON.stringify([groupOf(apiVersion), kind, namespace, name]);
}

function update(resource: Resource, given: Place, returned: YAMLMap): Resource {
  const { path, index } = readPlace(returned, given);
  removePlace(returned, resource.root);
  const { root } = resource;
  if (!isSame(root, returned)) {
    // What an alias stands for may have changed in one place only.
    expandAliases(root);
    mergeMap(root, returned);
  }
  if (index !== undefined && index !== given.index && /^\d{1,9}$/.test(index)) resource.index = Number(index);
  if (path === undefined || path === given.path) return resource;
  // Another one: what was read still says which file had it.
  return { ...resource, path: checkedPath(path) };
}

function isSame(root: YAMLMap, returned: YAMLMap): boolean {
  if (!hasAliases(root)) return isSameValue(root, returned);
  const copy = root.clone() as YAMLMap;
  expandAliases(copy);
  return isSameValue(copy, returned);
}
