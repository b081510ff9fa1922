import { Pair, Scalar, YAMLMap } from "yaml";
import { keyText, mapAt, pairOf, scalarAt, stringAt } from "../nodes/read.ts";
import { removeKey } from "../nodes/write.ts";
import type { Resource } from "../resource.ts";

/** What a function is told about the place of a resource; the second names are those of kpt before version 1. */
const KEYS = {
  path: ["internal.config.kubernetes.io/path", "config.kubernetes.io/path"],
  index: ["internal.config.kubernetes.io/index", "config.kubernetes.io/index"],
  id: ["internal.config.kubernetes.io/id", "config.k8s.io/id"],
} as const;
const ALL_KEYS: ReadonlySet<string> = new Set(Object.values(KEYS).flat());

export interface Place {
  readonly path: string;
  readonly index: string;
  /** Tells which of the resources one is, whatever its name is by then. */
  readonly id: string;
}

export function placeFor({ path = "", index = 0 }: Resource, at: number): Place {
  return { path, index: String(index), id: String(at + 1) };
}

/** A mapping with the annotations of a place; it shares its other nodes with `root`. */
export function withPlace(root: YAMLMap, place: Place): YAMLMap {
  const metadata = mapAt(root, "metadata");
  if (metadata === undefined) return root;
  const others = mapAt(metadata, "annotations")?.items ?? [];
  const own = Object.entries(KEYS).flatMap(([name, keys]) =>
    keys.map((key) => [key, place[name as keyof Place]] as const),
  );
  const annotations = new YAMLMap();
  annotations.items = [
    ...others.filter(({ key }) => !ALL_KEYS.has(keyText(key) ?? "")),
    ...own.map(([key, value]) => new Pair(new Scalar(key), new Scalar(value)) as never),
  ];
  return withField(root, "metadata", withField(metadata, "annotations", annotations));
}

function withField(map: YAMLMap, field: string, value: YAMLMap): YAMLMap {
  const known = pairOf(map, field);
  const pair = new Pair(known?.key ?? new Scalar(field), value) as never;
  const copy = Object.assign(new YAMLMap(), map);
  copy.items = known === undefined ? [...map.items, pair] : map.items.map((one) => (one === known ? pair : one));
  return copy;
}

/** The place of what a function returned: of two names, the one that it has changed. Absent if both are gone. */
export function readPlace(root: YAMLMap, given?: Place): Partial<Place> {
  const found = (Object.keys(KEYS) as (keyof Place)[]).flatMap((name) => {
    const values = KEYS[name].map((key) => stringAt(root, "metadata", "annotations", key)).filter((one) => one !== "");
    const value = values.find((one) => one !== given?.[name]) ?? values[0];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** Takes the annotations away again. Those that the resource had before get their values back. */
export function removePlace(root: YAMLMap, before: YAMLMap): void {
  const [metadata, annotations] = [mapAt(root, "metadata"), mapAt(root, "metadata", "annotations")];
  if (metadata === undefined || annotations === undefined) return;
  for (const key of ALL_KEYS) {
    const own = scalarAt(before, "metadata", "annotations", key);
    const pair = pairOf(annotations, key);
    if (pair !== undefined && own !== undefined) pair.value = own.clone() as never;
    else removeKey(annotations, key);
  }
  if (annotations.items.length > 0) return;
  const [had, pair] = [pairOf(mapAt(before, "metadata") ?? before, "annotations"), pairOf(metadata, "annotations")];
  if (had === undefined) removeKey(metadata, "annotations");
  else if (pair !== undefined) pair.value = had.value;
}
